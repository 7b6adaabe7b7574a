"""Swatch's window: the colours of a palette, and the code of the one that was clicked."""

from __future__ import annotations

import argparse
import sys
import tkinter as tk
from pathlib import Path
from types import TracebackType

import telemetry_hook

from swatch.palette import Colour, Palette, PaletteError, load


class Viewer(tk.Tk):
    """The window of a palette's file, which F5 reads again."""

    def __init__(self, path: Path) -> None:
        super().__init__(className="Swatch")
        self.path = path
        self.has_crashed = False
        self.tiles = tk.Frame(self)
        self.tiles.pack(fill="both", expand=True)
        self.status = tk.Label(
            self, text="Click a colour to copy it, press F5 to read the file again"
        )
        self.status.pack(pady=6)
        self.bind("<F5>", lambda _: self.reload())
        self.after_idle(self.reload)

    def run(self) -> int:
        """Show the palette until the window is closed, and return the exit status."""
        self.mainloop()
        return 1 if self.has_crashed else 0

    def report_callback_exception(
        self, exc: type[BaseException], val: BaseException, tb: TracebackType | None
    ) -> None:
        """End the program: Tk alone prints the traceback and goes on, as if it were nothing."""
        super().report_callback_exception(exc, val, tb)
        telemetry_hook.report(val)
        self.has_crashed = True
        self.destroy()

    def reload(self) -> None:
        """Read the file, and show what is in it in place of what was."""
        try:
            self._show(load(self.path))
        except PaletteError as error:
            self.status["text"] = str(error)

    def _show(self, palette: Palette) -> None:
        self.title(palette.name)
        for tile in self.tiles.winfo_children():
            tile.destroy()
        for row, colours in enumerate(palette.rows):
            for column, colour in enumerate(colours):
                self._tile(colour).grid(row=row, column=column, sticky="nsew")

    def _tile(self, colour: Colour) -> tk.Button:
        return tk.Button(
            self.tiles,
            text=f"{colour.name}\n{colour.code}",
            width=14,
            height=5,
            bg=colour.code,
            fg="black" if colour.is_light else "white",
            command=lambda: self._copy(colour),
        )

    def _copy(self, colour: Colour) -> None:
        self.clipboard_clear()
        self.clipboard_append(colour.code)
        self.status["text"] = f"Copied {colour.code}"


def main() -> int:
    """Show or print a palette; a user's mistake is one line and status 1."""
    parser = argparse.ArgumentParser("swatch", description="Look at the colours of a palette.")
    parser.add_argument("palette", type=Path, help="a .gpl file")
    parser.add_argument("--list", action="store_true", help="print it, without a window")
    arguments = parser.parse_args()
    try:
        if arguments.list:
            _print(load(arguments.palette))
            return 0
        viewer = Viewer(arguments.palette)
    except (PaletteError, tk.TclError) as error:
        print(f"swatch: {error}", file=sys.stderr)
        return 1
    return viewer.run()


def _print(palette: Palette) -> None:
    for colours in palette.rows:
        print(*(f"{each.code} {each.name:<16}" for each in colours))
