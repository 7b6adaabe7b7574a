"""telemetry-hook's question in a window of its own: copy this file, and make it yours.

It needs Tk, and nothing of the tool's: not its windows, which may be gone, nor its event loop.
Only a button that was pressed is an answer. Escape, closing the window and silence are a no.
"""

from __future__ import annotations

import contextlib
import tkinter as tk
from functools import partial
from tkinter import font, ttk
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import NoReturn

    from telemetry_hook import Question

WORDS = ("yes", "no", "always", "never", "view", "later")
BLIND = 1_000  # milliseconds; keys and clicks until then were meant for what stood here before
SILENCE = 9 * 60_000  # telemetry-hook itself gives up after ten minutes
PULSE = 200
MARGIN = 12


def ask(question: Question) -> str | None:
    """Return the user's answer; None where there is no display, so that the terminal asks."""
    try:
        window = Window(question)
    except tk.TclError:
        return None
    try:
        window.mainloop()
    finally:
        with contextlib.suppress(tk.TclError):  # somebody else has destroyed it
            window.destroy()
    return window.answer


class Window(tk.Tk):
    """A page that shows the question, or all that a yes would send; below it the answers."""

    def __init__(self, question: Question) -> None:
        super().__init__(className=question.tool.name.capitalize())
        self.question = question
        self.answer = "no"
        self.title(question.title)
        self.maxsize(self.winfo_screenwidth(), self.winfo_screenheight())
        # The buttons come first: on a small screen, the page is what gets smaller.
        self.buttons = self._make_buttons()
        self.page = self._make_page()
        self._show_question()
        self.buttons["no"].focus_set()

        self.bind("<Escape>", lambda _: self.quit())
        self.protocol("WM_DELETE_WINDOW", self.quit)
        self.after(BLIND, self._enable)
        self.after(SILENCE, self.quit)
        self._listen()

    def report_callback_exception(
        self, exc: type[BaseException], val: BaseException, tb: TracebackType | None
    ) -> NoReturn:
        """End the question: Tk would print what failed, or Ctrl-C, and go on."""
        raise val

    def _listen(self) -> None:
        """Let Python look after its signals: while Tk waits for events, it does not."""
        self.after(PULSE, self._listen)

    def _make_buttons(self) -> dict[str, ttk.Button]:
        frame = ttk.Frame(self, padding=MARGIN)
        frame.pack(side="bottom", fill="x")
        frame.columnconfigure(tuple(range(len(WORDS))), weight=1)
        buttons = {word: self._make_button(frame, word) for word in WORDS}
        for column, button in enumerate(buttons.values()):
            button.grid(row=0, column=column, sticky="ew", padx=MARGIN // 2)
        return buttons

    def _make_button(self, frame: ttk.Frame, word: str) -> ttk.Button:
        give = partial(self._give, word)
        button = ttk.Button(frame, text=word, width=6, state="disabled", command=give)
        button.bind("<Return>", lambda _: button.invoke())
        return button

    def _make_page(self) -> tk.Text:
        bold = self.bold = font.nametofont("TkDefaultFont", self).copy()
        bold.configure(weight="bold")
        bar = ttk.Scrollbar(self)
        bar.pack(side="right", fill="y")
        page = tk.Text(self, width=80, height=18, wrap="word", takefocus=True)
        page.configure(font="TkDefaultFont", padx=MARGIN, pady=MARGIN, relief="flat")
        page.configure(yscrollcommand=bar.set)
        page.pack(fill="both", expand=True)
        bar.configure(command=page.yview)
        indent = bold.measure("Never in it:") + MARGIN
        page.tag_configure("title", font=bold, spacing3=MARGIN)
        page.tag_configure("row", tabs=indent, lmargin2=indent, spacing1=MARGIN)
        page.tag_configure("bold", font=bold)
        page.tag_configure("view", font="TkFixedFont", wrap="char")
        # A text that cannot be changed does not take the focus by itself, and so cannot be copied.
        page.bind("<Button-1>", lambda _: page.focus_set())
        return page

    def _show_question(self) -> None:
        question = self.question
        rows: list[str | tuple[str, ...]] = []
        for title, text in question.rows:
            rows += [f"{title}\t", ("row", "bold"), f"{text}\n", "row"]
        self._show(f"{question.title}\n", "title", f"{question.sentence}\n", "", *rows)
        self.buttons["view"].configure(text="view", command=self._show_view)

    def _show_view(self) -> None:
        self._show(self.question.view, "view")
        self.buttons["view"].configure(text="back", command=self._show_question)
        self.page.focus_set()

    def _show(self, text: str, *tags_and_texts: str | tuple[str, ...]) -> None:
        self.page.configure(state="normal")
        self.page.delete("1.0", "end")
        self.page.insert("1.0", text, *tags_and_texts)
        self.page.configure(state="disabled")

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.configure(state="normal")
        self.buttons["no"].focus_set()

    def _give(self, answer: str) -> None:
        self.answer = answer
        self.quit()
