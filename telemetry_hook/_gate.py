"""The last gate: searches the finished bytes of a report for private text, independently of redaction.

Private are the texts that holes of messages replaced, values of the environment, arguments, strings of
live frames, names of the user, the machine and its directories, and everything that has the form of a
secret. Whole public texts are not searched: if a report of a user called `up` were dropped for its
command `up`, that would reveal the name. But a specific text (`Tr0ub4dor`, `/home/jane/merger`), which
no source contains by accident, must not be in a message that is called public either.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from typing import TYPE_CHECKING

from telemetry_hook import _report, _version
from telemetry_hook._crash import guarded
from telemetry_hook._errors import GateError
from telemetry_hook._report import PublicText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._report import RedactedReport
    from telemetry_hook.receivers import Receiver, Request

MIN_LENGTH = 4
MIN_PIECE = 3
MIN_SPECIFIC = 8
MAX_LENGTH = 4_096
MAX_ITEMS = 200
MAX_TEXTS = 20_000
MAX_FRAMES = 200

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
NO_TEXT = re.compile(r"(?:[\s{}\[\]:,]|-?\d[\d.]*|true|false|null)*")
# Linear: no repetition is followed by what it may match itself.
FORMS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY"),
    "a password in a URL": re.compile(r"://[^/\s:@]{1,80}:[^/\s@]{1,80}@"),
    "an IP address": re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    "an e-mail address": re.compile(r"[\w.+-]{1,64}@[A-Za-z][\w-]{0,62}\.[A-Za-z]{2,}"),
    "a token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a key of GitHub or GitLab": re.compile(
        r"\b(?:gh[opsur]_\w{16,}|github_pat_\w|glpat-[\w-]{16,})"
    ),
    "a key of a service": re.compile(r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_]\w{8,}"),
    "a token of Slack": re.compile(r"\bxox[abeoprs]-[\w-]{8,}"),
    "a home directory": re.compile(r"(?:/home/|/Users/|\\Users\\)\w"),
}
# Published messages have examples of the other forms.
FORMS_OF_KEYS = [what for what in FORMS if what.startswith(("a key", "a private key", "a token"))]


def check(
    request: Request,
    receiver: Receiver,
    report: RedactedReport,
    private: Iterable[tuple[str, str]],
) -> None:
    """Return if a finished report may be shown and sent.

    `private` are texts that must not be in it, each with its kind, such as ``an argument``.

    Raises:
        GateError: one of them is in it, or something with the form of a secret, or it cannot be read.
    """
    private = list(private)
    _check_messages(report, private)
    public = {text for _, text in _public_texts(report)}
    tokens = {
        token for token in _tokens(request.body) if token not in public and not token.isdigit()
    }
    if not tokens:
        return
    # What our own words hold cannot tell anybody anything.
    vocabulary = "\n".join([*public, *_own_words(receiver)]).casefold()
    everything = "\n".join(tokens).casefold()
    for what, text in private:
        folded = text.strip().casefold()
        if (
            len(folded) >= MIN_LENGTH
            and not folded.isdigit()  # numbers are of named fields alone
            and folded in everything
            and folded not in vocabulary
            and not _is_composed(text, public)
        ):
            raise GateError(f"{what} was about to be in a report")
    for what, form in FORMS.items():
        for token in tokens:
            if any(match.group().casefold() not in vocabulary for match in form.finditer(token)):
                raise GateError(f"{what} was about to be in a report")


def _check_messages(report: RedactedReport, private: Iterable[tuple[str, str]]) -> None:
    """Search messages, which are called public, for texts that no source contains by accident."""
    messages = "\n".join(text for field, text in _public_texts(report) if field == "message")
    folded = messages.casefold()
    for what, text in private:
        if _is_specific(text.strip()) and text.strip().casefold() in folded:
            raise GateError(f"{what} was about to be in a message")
    for what in FORMS_OF_KEYS:
        if FORMS[what].search(messages):
            raise GateError(f"{what} was about to be in a message")


def _is_specific(text: str) -> bool:
    """Tell whether a text cannot be in a source by accident: a path, or letters mixed with digits.

    ``/home/jane/merger`` and ``Tr0ub4dor`` are specific. A text with spaces may be a published message.
    """
    is_path = max(text.count("/"), text.count("\\")) > 1
    is_mixed = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    return len(text) >= MIN_SPECIFIC and (is_path or is_mixed) and len(text.split()) == 1


def private_texts(
    crash: Crash, swallowed: Iterable[str], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield all texts that are known to be private, each with its kind."""
    yield from (("a part of the message", text) for text in swallowed)
    yield from (("a value of the environment", text) for text in environment.values())
    arguments = getattr(sys, "argv", None)
    if type(arguments) is list:
        yield from (("an argument", text) for text in arguments if type(text) is str)
    yield from (("a name of this machine or its user", text) for text in _names(environment))
    count = 0
    for captured in crash.captured:
        for text in _strings_of_frames(guarded.traceback(captured.exception)):
            count += 1
            if count > MAX_TEXTS:
                return
            yield "the value of a variable", text


def _names(environment: Mapping[str, str]) -> Iterator[str]:
    yield os.path.expanduser("~")
    yield os.path.basename(os.path.expanduser("~"))
    if hasattr(os, "uname"):
        yield os.uname().nodename
    yield environment.get("COMPUTERNAME", "")
    try:
        yield os.getcwd()
    except OSError:
        return


def _strings_of_frames(traceback: TracebackType | None) -> Iterator[str]:
    for _ in range(MAX_FRAMES):
        if traceback is None:
            return
        values = traceback.tb_frame.f_locals
        if type(values) is dict or type(values) is type(sys._getframe().f_locals):  # noqa: SLF001
            for value in list(values.values()):
                yield from _strings(value)
        traceback = traceback.tb_next


def _strings(value: object) -> Iterator[str]:
    kind = type(value)
    items: Iterable[object] = (value,)
    if kind is list or kind is tuple:
        items = value[:MAX_ITEMS]  # type: ignore[index]
    elif kind is dict and len(value) <= MAX_ITEMS:  # type: ignore[arg-type]
        items = [*value.keys(), *value.values()]  # type: ignore[attr-defined]
    for item in items:
        if type(item) is str and len(item) <= MAX_LENGTH:
            yield item


def _is_composed(text: str, public: Iterable[str]) -> bool:
    """Tell whether a text consists of public texts and punctuation: ``name@version``."""
    for piece in sorted(public, key=len, reverse=True):
        if len(piece) >= MIN_PIECE:
            text = text.replace(piece, " ")
    return not any(map(str.isalnum, text))


def _public_texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield the names of fields with the texts in them."""
    if type(value) is PublicText:
        yield field, str(value)
    elif type(value) is tuple:
        for item in value:
            yield from _public_texts(item, field)
    elif dataclasses.is_dataclass(value):
        for inner in dataclasses.fields(value):
            yield from _public_texts(getattr(value, inner.name), inner.name)


def _tokens(body: bytes) -> Iterator[str]:
    """Yield the JSON strings of a body, and what is between them."""
    try:
        text = body.decode()
        yield from (json.loads(f'"{string}"', strict=False) for string in STRING.findall(text))
    except ValueError as error:
        raise GateError("a report cannot be read again") from error
    between = STRING.sub("", text)
    if not NO_TEXT.fullmatch(between):
        yield between


def _own_words(receiver: Receiver) -> Iterator[str]:
    for kind in vars(_report).values():
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            yield from (field.name for field in dataclasses.fields(kind))
    for name in (type(receiver).__module__, _version.__name__):
        path = guarded.module_file(sys.modules.get(name))
        if path is not None:
            with open(path, encoding="utf-8") as file:
                yield file.read()
