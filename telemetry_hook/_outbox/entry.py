"""`Entry`: the description of a stored report, and its encoding as a line of JSON.

The line has a format number. If the number is not `FORMAT`, the file is neither read nor changed.
Within a format, a missing field has a default value and an unknown field is kept, so that different
versions of telemetry-hook can share one outbox.
"""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from telemetry_hook.receivers._base import beyond

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["pending", "sent", "discarded", "later"]

FORMAT = 1
RECEIPT = 8
TIMES = ("created", "changed", "attempted", "next_attempt", "held_until")
# Types of the fields in JSON. Fields that are not here are texts.
KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(TIMES, (int, float)),
    "size": (int,),
    "attempts": (int,),
    "status": (int,),
    "is_standing": (bool,),
    "headers": (dict,),
}
LATEST = 1e11  # seconds: no clock is further ahead
MAX_HELD_SECONDS = 7 * 86_400.0  # the longest wait that a receiver may ask for
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
    acceptance: str = "any"
    status: int = 0
    more: Mapping[str, Any] = MappingProxyType({})

    @property
    def receipt(self) -> str:
        """The short id that is shown to users."""
        return self.id[:RECEIPT]


def encode(entry: Entry) -> bytes:
    """Return the line for an entry, with its line feed."""
    head = entry._asdict()
    more = head.pop("more")
    for name in ("title", "reason"):
        head[name] = printable(head[name])
    return json.dumps({**more, "format": FORMAT, **head}).encode() + b"\n"


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
            raise ValueError("format")
        known = {name: _checked(values, name) for name in Entry._fields if name != "more"}
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("no entry") from error
    entry = Entry(**known, more={name: values[name] for name in values if name not in known})
    if not ID.fullmatch(entry.id):
        raise ValueError("id")
    for url in (entry.url, entry.deletion):
        if entry.receiver and url and beyond(url, entry.receiver) is None:
            raise ValueError("url")  # the user has not agreed to this address
    return entry


def _checked(values: dict[str, Any], name: str) -> Any:
    """Return the valid value of a field of `Entry`, or its default if it is missing."""
    if name not in values and name in Entry._field_defaults:
        return Entry._field_defaults[name]
    value = values[name]
    if name == "state":
        if value not in get_args(State):
            raise ValueError(name)
    elif type(value) not in KINDS.get(name, (str,)):
        raise TypeError(name)
    texts = value.values() if type(value) is dict else [value] if type(value) is str else []
    if any(type(text) is not str or not text.isprintable() for text in texts):
        raise TypeError(name)
    if type(value) in (int, float) and not 0 <= value < LATEST:
        raise ValueError(name)
    return value
