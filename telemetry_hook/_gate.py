"""The last gate: looks over the finished bytes of a report, and knows nothing of how they were made.

No private text may stand in them: nothing that a hole of a message swallowed, no value of the
environment, no argument, no string of a live frame, no name of user, machine or directory; and
nothing of the well-known forms of secrets. What it looks at is all that is not a whole public text,
else a report would betray that the user is called `up`.
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


def check(
    request: Request,
    receiver: Receiver,
    report: RedactedReport,
    private: Iterable[tuple[str, str]],
) -> None:
    """Let a finished report through, or not.

    `private` are texts that must not stand in it, each with what it is.

    Raises:
        GateError: one of them does, or something that has the form of a secret, or it cannot be read.
    """
    public = set(_public_texts(report))
    tokens = {each for each in _tokens(request.body) if each not in public and not each.isdigit()}
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
            if any(found.group().casefold() not in vocabulary for found in form.finditer(token)):
                raise GateError(f"{what} was about to be in a report")


def private_texts(
    crash: Crash, swallowed: Iterable[str], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield all texts known to be private, with what each is."""
    yield from (("a part of the message", each) for each in swallowed)
    yield from (("a value of the environment", each) for each in environment.values())
    given = getattr(sys, "argv", None)
    if type(given) is list:
        yield from (("an argument", each) for each in given if type(each) is str)
    yield from (("a name of this machine or its user", each) for each in _names(environment))
    count = 0
    for captured in crash.captured:
        for each in _strings_of_frames(guarded.traceback(captured.exception)):
            count += 1
            if count > MAX_TEXTS:
                return
            yield "the value of a variable", each


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
    for each in items:
        if type(each) is str and len(each) <= MAX_LENGTH:
            yield each


def _is_composed(text: str, public: Iterable[str]) -> bool:
    """Tell whether a text is public texts and punctuation, such as a release: ``name@version``."""
    for each in sorted(public, key=len, reverse=True):
        if len(each) >= MIN_PIECE:
            text = text.replace(each, " ")
    return not any(map(str.isalnum, text))


def _public_texts(value: object) -> Iterator[str]:
    if type(value) is PublicText:
        yield str(value)
    elif type(value) is tuple:
        for each in value:
            yield from _public_texts(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _public_texts(getattr(value, field.name))


def _tokens(body: bytes) -> Iterator[str]:
    """Yield the JSON strings of a body, and what stands between them."""
    try:
        text = body.decode()
        yield from (json.loads(f'"{each}"', strict=False) for each in STRING.findall(text))
    except ValueError as error:
        raise GateError("a report cannot be read again") from error
    between = STRING.sub("", text)
    if not NO_TEXT.fullmatch(between):
        yield between


def _own_words(receiver: Receiver) -> Iterator[str]:
    for each in vars(_report).values():
        if isinstance(each, type) and dataclasses.is_dataclass(each):
            yield from (field.name for field in dataclasses.fields(each))
    for name in (type(receiver).__module__, _version.__name__):
        path = guarded.module_file(sys.modules.get(name))
        if path is not None:
            with open(path, encoding="utf-8") as file:
                yield file.read()
