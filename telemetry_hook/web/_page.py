"""HTML replies that load nothing: no scripts, no other files, nothing from other origins."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telemetry_hook._ask.question import ASK
from telemetry_hook._hashes import sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telemetry_hook._ask.question import Question

STYLE = (
    ":root{color-scheme:light dark;background:Canvas;color:CanvasText}"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:44rem;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.4rem}h1,p{margin:.6em 0}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1rem;margin:1rem 0}"
    "dt{opacity:.75}dd{margin:0}"
    "@media(max-width:30rem){dl{display:block}dd{margin:0 0 .5rem}}"
    "form{margin:1.2rem 0 .4rem}button,summary{font:inherit;padding:.35rem 1.1rem;"
    "margin:0 .5rem .5rem 0;border:1px solid;border-radius:.3rem;background:Canvas;"
    "color:CanvasText;cursor:pointer}summary{width:fit-content}"
    "button:hover,summary:hover{background:color-mix(in srgb,CanvasText 8%,Canvas)}"
    ":focus-visible{outline:3px solid Highlight;outline-offset:2px}"
    "pre{white-space:pre-wrap;font-size:.85rem;border:1px solid #8886;border-radius:.3rem;"
    "padding:.6rem}"
    ".notice{white-space:pre-line;border-left:4px solid;padding-left:.8rem}"
)
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# `Referrer-Policy: no-referrer` would make browsers send `Origin: null` with the answer.
HEADERS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete response. An example of `status` is ``200 OK``."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def asked(
    question: Question,
    rows: Sequence[tuple[str, str]],
    words: Sequence[str],
    token: str,
    root: str,
    *,
    status: str,
    notice: str = "",
) -> Reply:
    """Return the page that asks the question, with a notice above the question."""
    return _page(
        status,
        question.title,
        [
            *_notice(notice),
            f"<p>{_text(question.sentence)}</p>",
            "<dl>",
            *(f"<dt>{_text(title)}</dt><dd>{_linked(text)}</dd>" for title, text in rows),
            "</dl>",
            f'<form method="post" action="{_text(root)}/telemetry-hook/answer">',
            f'<input type="hidden" name="token" value="{_text(token)}">',
            f"<p>{ASK}</p>",
            *(f'<button name="answer" value="{word}">{word}</button>' for word in words),
            "</form>",
            f"<details><summary>view</summary><pre>{_text(question.view)}</pre></details>",
            _back(question, root),
        ],
    )


def outcome(question: Question, text: str, root: str, *, status: str) -> Reply:
    """Return the page with the outcome of a question, or with the reason why nothing is asked."""
    return _page(status, question.tool.name, [*_notice(text), _back(question, root)])


def plain(status: str, text: str) -> Reply:
    """Return a reply with a short plain text."""
    return _reply(status, "text/plain", f"{text}\n")


def script(text: str) -> Reply:
    """Return a reply with a script, which only pages of the same origin may load."""
    return _reply("200 OK", "text/javascript", text)


def nothing() -> Reply:
    """Return a reply without content."""
    return Reply("204 No Content", HEADERS, b"")


def _page(status: str, title: str, parts: list[str]) -> Reply:
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{_text(title)}</title>",
        '<meta name="viewport" content="width=device-width">',
        f"<style>{STYLE}</style></head><body><main>",
        f"<h1>{_text(title)}</h1>",
        *parts,
        "</main></body></html>\n",
    ]
    return _reply(status, "text/html", "\n".join(lines))


def _reply(status: str, kind: str, text: str) -> Reply:
    body = text.encode("utf-8", "backslashreplace")
    length = ("Content-Length", str(len(body)))
    return Reply(status, (("Content-Type", f"{kind}; charset=utf-8"), length, *HEADERS), body)


def _notice(text: str) -> list[str]:
    return [f'<p class="notice" role="status">{_text(text.strip())}</p>'] if text.strip() else []


def _back(question: Question, root: str) -> str:
    return f'<p><a href="{_text(root)}/">Back to {_text(question.tool.name)}</a></p>'


def _linked(text: str) -> str:
    if text.startswith(("https://", "http://")) and " " not in text:
        return f'<a href="{_text(text)}" target="_blank" rel="noopener">{_text(text)}</a>'
    return _text(text)


def _text(text: str) -> str:
    return html.escape(text, quote=True)
