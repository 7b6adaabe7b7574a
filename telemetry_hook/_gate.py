"""The last gate: searches the finished bytes of a report for private text, independently of redaction.

These texts are private: the parts of messages that redaction replaced by `<…>`, values of environment
variables, arguments, strings in live frames, the names of the user, the machine and its directories,
and everything that has the form of a secret.

Texts that are public as a whole are not searched. Otherwise a report with the command `up` would be
dropped where the user is called `up`, and a missing report would reveal that. But messages, which are
public too, are searched for specific texts, such as `Tr0ub4dor` and `/home/jane/merger`: nobody has
published these by coincidence.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING

from telemetry_hook import _report
from telemetry_hook._crash import guarded
from telemetry_hook._errors import GateError
from telemetry_hook._installed import archives
from telemetry_hook._report import PublicText
from telemetry_hook._started import __version__

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
# These take linear time: what follows a repetition never matches what is repeated.
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
# Only these are searched for in messages: published messages contain examples of the other forms.
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
        GateError: the report contains a private text or the form of a secret, or it cannot be read.
    """
    private = [(what, _report.encodable(text)) for what, text in private]
    _check_messages(report, private)
    public = {text for _, text in _public_texts(report)}
    tokens = {
        token for token in _tokens(request.body) if token not in public and not token.isdigit()
    }
    if not tokens:
        return
    # A text that is part of public texts, or of our own field names and source, reveals nothing.
    vocabulary = "\n".join([*public, *_own_words(receiver)]).casefold()
    everything = "\n".join(tokens).casefold()
    for what, text in private:
        folded = text.strip().casefold()
        if (
            len(folded) >= MIN_LENGTH
            and not folded.isdigit()  # a report has numbers only in named fields
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
    """Search messages, which are public, for texts that nobody has published by coincidence."""
    messages = "\n".join(text for field, text in _public_texts(report) if field == "message")
    folded = messages.casefold()
    for what, text in private:
        if _is_specific(text.strip()) and text.strip().casefold() in folded:
            raise GateError(f"{what} was about to be in a message")
    for what in FORMS_OF_KEYS:
        if FORMS[what].search(messages):
            raise GateError(f"{what} was about to be in a message")


def _is_specific(text: str) -> bool:
    """Return whether no source has a text by coincidence: a path, or letters mixed with digits.

    ``/home/jane/merger`` and ``Tr0ub4dor`` are specific. A text with spaces may be a published message.
    """
    if len(text) < MIN_SPECIFIC or text.isalpha() or len(text.split()) != 1:
        return False
    is_path = max(text.count("/"), text.count("\\")) > 1
    return is_path or (any(map(str.isdigit, text)) and any(map(str.isalpha, text)))


def private_texts(
    crash: Crash, swallowed: Iterable[str], environments: Iterable[Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield all texts that are known to be private, each with its kind.

    `environments` are the program's own environment and the one that it was started with.
    """
    yield from (("a part of the message", text) for text in swallowed)
    arguments = getattr(sys, "argv", None)
    if type(arguments) is list:
        yield from (("an argument", text) for text in arguments if type(text) is str)
    for environment in environments:
        yield from (("a value of the environment", text) for text in environment.values())
        yield from (("a name of this machine or its user", text) for text in _names(environment))
    count = 0
    for captured in crash.captured:
        for text in _strings_of_frames(guarded.traceback(captured.exception)):
            count += 1
            if count > MAX_TEXTS:
                return
            yield "the value of a variable", text


def _names(environment: Mapping[str, str]) -> Iterator[str]:
    own = os.path.expanduser("~")
    for home in dict.fromkeys((own, environment.get("HOME") or own)):
        yield home
        yield os.path.basename(home)
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
    """Return whether a text consists of public texts and punctuation: ``name@version``."""
    for piece in sorted(public, key=len, reverse=True):
        if len(piece) >= MIN_PIECE:
            text = text.replace(piece, " ")
    return not any(map(str.isalnum, text))


def _public_texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield each public text in a report, after the name of its field."""
    if type(value) is PublicText:
        yield field, str(value)
    elif type(value) is tuple:
        for item in value:
            yield from _public_texts(item, field)
    elif hasattr(value, "_asdict"):
        for name, inner in value._asdict().items():
            yield from _public_texts(inner, name)


def _tokens(body: bytes) -> Iterator[str]:
    """Yield the JSON strings in a body, then the text between them if that has more than numbers."""
    try:
        text = body.decode()
        yield from (json.loads(f'"{string}"', strict=False) for string in STRING.findall(text))
    except ValueError as error:
        raise GateError("the finished report cannot be decoded") from error
    between = STRING.sub("", text)
    if not NO_TEXT.fullmatch(between):
        yield between


def _own_words(receiver: Receiver) -> Iterator[str]:
    for kind in vars(_report).values():
        yield from getattr(kind, "_fields", ())
    yield __version__
    path = guarded.module_file(sys.modules.get(type(receiver).__module__))
    if path is not None:
        yield (archives.read(path) or b"").decode("utf-8", "replace")
