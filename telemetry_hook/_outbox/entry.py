"""`Entry`: the description of a stored report, and its encoding as a line of JSON.

The line has a format number. If the number is not `FORMAT`, the file is neither read nor changed.
Within a format, a missing field has a default value and an unknown field is kept, so that different
versions of telemetry-hook can share one outbox.
"""

from __future__ import annotations

import json
import re
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from telemetry_hook.receivers._base import beyond

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["pending", "sent", "discarded", "later"]

FORMAT = 1
DAY_SECONDS = 86_400
MAX_LINE_BYTES = 16 * 1024
RECEIPT = 8
TIMES = ("created", "changed", "attempted", "next_attempt", "held_until")
# Types of the fields in JSON. Fields that are not here are texts.
KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(TIMES, (int, float)),
    "size": (int,),
    "days": (list, tuple),
    "attempts": (int,),
    "status": (int,),
    "is_standing": (bool,),
    "headers": (dict,),
}
MAX_DAYS = 100
# Controls, separators of lines, marks and overrides of the direction, halves of characters. What is
# printable beside these depends on the Python.
STEERING = re.compile(r"[\0-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LATEST = 1e11  # seconds: no clock is further ahead
MAX_HELD_SECONDS = 7.0 * DAY_SECONDS  # the longest wait that a receiver may ask for
ID = re.compile(r"[0-9a-f]{32}")


class Entry(NamedTuple):
    """The description of a stored report. Times are in seconds since the epoch, sizes in bytes.

    - `receiver`: the address that the user agreed to. `url`: the full URL of the request.
    - `deletion`: URL for the ``DELETE`` request that deletes the sent report, or '' if not offered.
    - `is_standing`: the user agreed by a saved *always*, not by an answer to this report.
    - `title`: class and message template of the exception.
    - `crash`, `release`: equal in all reports of the same crash in the same release.
    - `attempted`: time of the last attempt. `next_attempt`: when our back-off allows the next one.
    - `held_until`: the time until which the receiver asked us to wait.
    - `acceptance`: which 2xx answers are the receiver's; see `receivers.Request`.
    - `status`: HTTP status of the latest answer that did not accept the report, 0 if there is none.
    - `days`: the dates (see `day`) on which the report was seen in its state. It is empty if another
      version has stored it that did not note them.
    - `more`: fields that another version has added.
    """

    id: str
    state: State
    tool: str
    publisher: str
    url: str
    headers: dict[str, str]
    sha256: str
    size: int
    created: float
    changed: float
    receiver: str = ""
    title: str = ""
    fingerprint: str = ""
    crash: str = ""
    release: str = ""
    attempts: int = 0
    attempted: float = 0
    next_attempt: float = 0
    held_until: float = 0
    deletion: str = ""
    reason: str = ""
    is_standing: bool = False
    acceptance: str = "not html"
    status: int = 0
    days: tuple[int, ...] = ()
    more: Mapping[str, Any] = MappingProxyType({})

    @property
    def age(self) -> int:
        """On how many days after the first one the report was seen in its state."""
        return max(0, len(self.days) - 1)

    @property
    def receipt(self) -> str:
        """The short id that is shown to users."""
        return self.id[:RECEIPT]


class Withdrawal(NamedTuple):
    """Why a report must not be sent now, and the state that it gets if it was just being sent."""

    reason: str
    state: State = "pending"


def day(moment: float | None = None) -> int:
    """Return the number of the day of a time, the current one by default; 1 January 1970 is 1."""
    return int((time.time() if moment is None else moment) // DAY_SECONDS) + 1


def encode(entry: Entry) -> bytes:
    """Return the line for an entry, with its line feed.

    Raises:
        ValueError: `decode` would refuse the line, or it is longer than `MAX_LINE_BYTES`.
    """
    head = entry._asdict()
    more = head.pop("more")
    for name in ("title", "reason"):
        head[name] = printable(head[name])
    line = json.dumps({**more, "format": FORMAT, **head}).encode() + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"its description has more than {MAX_LINE_BYTES} bytes")
    decode(line)
    return line


def printable(text: str) -> str:
    """Replace characters that control a terminal by ``?``. Published source may contain some."""
    return "".join(character if character.isprintable() else "?" for character in text)


def decode(line: bytes) -> Entry:
    """Return the entry in a line.

    Raises:
        ValueError: the line is not an entry, or has another format.
    """
    try:
        values = json.loads(line)
        if values.pop("format") != FORMAT:
            raise ValueError("it has another format")
        known = {name: _checked(values, name) for name in Entry._fields if name != "more"}
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no report: {error}") from error
    entry = Entry(**known, more={name: values[name] for name in values if name not in known})
    if not ID.fullmatch(entry.id):
        raise ValueError("its id is not valid")
    for url in (entry.url, entry.deletion):
        if entry.receiver and url and beyond(url, entry.receiver) is None:
            raise ValueError(f"{url} is not at {entry.receiver}")  # nobody has agreed to that
    return entry


def _checked(values: dict[str, Any], name: str) -> Any:
    """Return the valid value of a field of `Entry`, or its default if it is missing."""
    if name not in values and name in Entry._field_defaults:
        return Entry._field_defaults[name]
    value = values[name]
    if name == "state":
        if value not in get_args(State):
            raise ValueError(f"its {name} is not valid")
    elif type(value) not in KINDS.get(name, (str,)):
        raise TypeError(f"its {name} is not valid")
    if name == "days":
        if any(type(each) is not int for each in value) or len(value) > MAX_DAYS:
            raise TypeError(f"its {name} are not valid")
        return tuple(value)
    texts = value.values() if type(value) is dict else [value] if type(value) is str else []
    if any(type(text) is not str or STEERING.search(text) for text in texts):
        raise TypeError(f"its {name} has characters that steer a terminal")
    if type(value) in (int, float) and not 0 <= value < LATEST:
        raise ValueError(f"its {name} is not valid")
    return value
