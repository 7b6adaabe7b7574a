"""The last gate: searches the finished bytes of a report for private text, independently of redaction.

These texts are private: the parts of messages that redaction replaced by `<…>`, values of environment
variables, arguments, strings in live frames, the names of the user, the machine and its directories,
and everything that has the form of a secret.

The names of the user and the machine are searched for in the whole request, whatever redaction took
for public. A user called `up` or `python` has reports nonetheless, because ordinary words are no such
names; see `_private`.

Of the other texts, those that are public as a whole are not searched. Otherwise a report with the
command `up` would be dropped where an argument is `up`, and a missing report would reveal that. But
messages, which are public too, are searched for specific texts, such as `Tr0ub4dor` and
`/home/jane/merger`: nobody but the tool's author has published these by coincidence.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telemetry_hook import _report
from telemetry_hook._crash import guarded
from telemetry_hook._errors import GateError
from telemetry_hook._installed import archives
from telemetry_hook._private.search import is_specific
from telemetry_hook._private.spellings import Reading, encoded_in
from telemetry_hook._private.texts import NAME
from telemetry_hook._report import PublicText
from telemetry_hook._started import __version__
from telemetry_hook.receivers._base import beyond
from telemetry_hook.receivers._traceback import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from telemetry_hook._private.search import PrivateNames
    from telemetry_hook._report import RedactedReport
    from telemetry_hook.receivers import Receiver, Request

MIN_LENGTH = 4
MIN_WHOLE = 2
MIN_DIGITS = 6
MIN_PIECE = 3

WORD = re.compile(r"[^\W_]+")
# These fields, `_redact/withheld` has searched.
FREE_TEXTS = ("message", "before", "line", "after", "expression", "passed")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
NUMBER = re.compile(r"\d+")
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
    names: PrivateNames,
) -> None:
    """Return if a finished report may be shown and sent.

    `private` are texts that must not be in it, each with its kind, such as ``an argument``. `names` are
    those of the machine and its user.

    Raises:
        GateError: the report contains a private text or the form of a secret, or it cannot be read.
    """
    private = [(what, _report.encodable(text)) for what, text in private]
    body = list(_tokens(request.body))
    head = [*request.headers, *request.headers.values(), *_added_to_address(request, receiver)]
    head += [text for value in request.headers.values() for text in encoded_in(value)]
    own_words = "\n".join(_own_words(receiver))
    _check_names([*body, *head, *_address(request)], own_words, report, names)
    _check_messages(report, private, names)
    public = {text for _, text in _public_texts(report)}
    # A text that is part of public texts, or of our own field names and source, reveals nothing.
    fields = _sources(receiver, is_ours=False)
    vocabulary = Searched([*public, *map(str, _numbers(report)), own_words, *fields])
    tokens = {token for token in body if token not in public}
    in_body, in_head = Searched(tokens), Searched(head)
    for what, text in private:
        is_in_body, is_in_head = in_body.has(text), in_head.has_whole(text)
        if (
            (is_in_body or is_in_head)
            and not vocabulary.has(text)
            and not _is_composed(text, public)
            and (is_in_body or not names.is_written(text))
        ):
            raise GateError(f"{what} was about to be in a report")
    for what, form in FORMS.items():
        for token in tokens:
            if any(
                match.group().casefold() not in vocabulary.text for match in form.finditer(token)
            ):
                raise GateError(f"{what} was about to be in a report")


class Searched:
    """Texts that private texts are searched for in, without regard to case."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.text = "\n".join(texts).casefold()
        self._words = set(WORD.findall(self.text))

    def has(self, text: str) -> bool:
        """Return whether a text is in these, a short one or a number only as a whole word."""
        text = text.strip().casefold()
        if len(text) >= MIN_LENGTH and not text.isdigit():
            return text in self.text
        return len(text) >= (MIN_DIGITS if text.isdigit() else MIN_WHOLE) and text in self._words

    def has_whole(self, text: str) -> bool:
        """Return whether a text is in these, and not as a part of a word, as keys have many words."""
        if not self.has(text):
            return False
        whole = rf"(?<![^\W_]){re.escape(text.strip().casefold())}(?![^\W_])"
        return re.search(whole, self.text) is not None


def _check_names(
    texts: Iterable[str], own_words: str, report: RedactedReport, names: PrivateNames
) -> None:
    """Search everything for the names of the machine and its user, also what is said to be public."""
    reading = Reading(texts)
    if names.several_in(reading):
        raise GateError(f"{NAME} was about to be in a report")
    found = names.singles_in(reading)
    if found:
        found -= Reading([own_words, *_fixed(report)]).words
    if not all(map(names.is_written, found)):
        raise GateError(f"{NAME} was about to be in a report")


def _fixed(report: RedactedReport) -> Iterator[str]:
    """Yield the texts that are the same on every machine: Python's, the tool's and our own names."""
    for field, value in zip(report._fields, report, strict=True):
        if field not in ("packages", "exceptions"):
            yield from (text for _, text in _public_texts(value))
    for exception in getattr(report, "exceptions", ()):
        yield from (text for _, text in _public_texts(exception.details))
        if exception.module is None or _is_of_python(exception.module):
            yield exception.type
            yield exception.module or ""
        for frame in exception.frames:
            if frame.in_app or (frame.release is None and _is_of_python(frame.module or "")):
                yield from filter(None, (frame.module, frame.file))
            if frame.release is None and not frame.in_app:
                yield frame.function
    yield from map(str, _numbers(report))


def _address(request: Request) -> Iterator[str]:
    """Yield the parts of a receiver's address that a plugin may have computed. A host is found by name."""
    for url in filter(None, (request.url, request.deletion)):
        parts = urlsplit(url)
        if parts.scheme != "file":
            yield from (parts.netloc.rpartition("@")[0], parts.path, parts.query)


def _is_of_python(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _added_to_address(request: Request, receiver: Receiver) -> Iterator[str]:
    """Yield what the receiver has added to its address in URLs."""
    for url in filter(None, (request.url, request.deletion)):
        added = beyond(url, receiver.address)
        yield url if added is None else added


def _check_messages(
    report: RedactedReport, private: Iterable[tuple[str, str]], names: PrivateNames
) -> None:
    """Search messages, which are public, for texts that nobody has published by coincidence.

    A value that is a text of the tool's own source is no such text: the message has it from there.
    """
    texts = list(_public_texts(report))
    if names.values_in(Reading(text for field, text in texts if field in FREE_TEXTS)):
        raise GateError("a value of the environment was about to be in a message")
    messages = "\n".join(text for field, text in texts if field == "message")
    folded = messages.casefold()
    for what, text in private:
        if (
            is_specific(text.strip())
            and text.strip().casefold() in folded
            and not names.is_written(text)
        ):
            raise GateError(f"{what} was about to be in a message")
    for what in FORMS_OF_KEYS:
        if FORMS[what].search(messages):
            raise GateError(f"{what} was about to be in a message")


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


def _numbers(value: object) -> Iterator[int]:
    """Yield the numbers in a report, which are lines, counts and the like."""
    if type(value) is int:
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _numbers(item)


def _tokens(body: bytes) -> Iterator[str]:
    """Yield the JSON strings in a body, the numbers, and what else is between them."""
    try:
        text = body.decode()
        yield from (json.loads(f'"{string}"', strict=False) for string in STRING.findall(text))
    except ValueError as error:
        raise GateError("the finished report cannot be decoded") from error
    between = STRING.sub("", text)
    yield from NUMBER.findall(between)
    if not NO_TEXT.fullmatch(between):
        yield between


def _own_words(receiver: Receiver) -> Iterator[str]:
    for kind in vars(_report).values():
        yield from getattr(kind, "_fields", ())
    yield __version__
    yield from WORDS
    yield from _sources(receiver, is_ours=True)


def _sources(receiver: Receiver, *, is_ours: bool) -> Iterator[str]:
    """Yield the source of a receiver, of our own classes or of others that it is derived from."""
    for kind in guarded.mro(type(receiver)):
        module = guarded.module(kind) or ""
        path = guarded.module_file(sys.modules.get(module))
        if path is not None and module.startswith("telemetry_hook.receivers.") is is_ours:
            yield (archives.read(path) or b"").decode("utf-8", "replace")
