"""`Entry`: what is known of a stored report, and the line of JSON that it is written as.

The line has a format number. Lines of another format are not read, and so their files are never
changed. Within a format, fields may be missing (they have a default) or unknown (they are kept), so
that versions of ours that are installed beside each other can share one outbox.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, Literal, get_args

State = Literal["pending", "sent", "discarded", "later"]

FORMAT = 1
RECEIPT = 8
KINDS = {"str": (str,), "float": (int, float), "int": (int,), "dict[str, str]": (dict,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of a stored report. Times are in seconds since the epoch, sizes in bytes.

    `receiver` is the address that the user agreed to, `url` where the report goes there, with
    `headers`. `title` is the exception's class and the template of its message. `fingerprint` and
    `release` tell the same crash when it happens again. The last attempt was at `attempted`; the
    next is due at `next_attempt` by our own back-off. The receiver has asked to be left alone until
    `held_until`. `more` is what another version of ours has written.
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
    release: str = ""
    attempts: int = 0
    attempted: float = 0
    next_attempt: float = 0
    held_until: float = 0
    reason: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def receipt(self) -> str:
        """The short id that people use."""
        return self.id[:RECEIPT]


def encode(entry: Entry) -> bytes:
    """Return the line for an entry, with its end."""
    head = asdict(entry)
    more = head.pop("more")
    return json.dumps({**more, "format": FORMAT, **head}).encode() + b"\n"


def decode(line: bytes) -> Entry:
    """Return the entry that a line holds.

    Raises:
        ValueError: it is none, or of another format.
    """
    try:
        values = json.loads(line)
        if values.pop("format") != FORMAT:
            raise ValueError("format")
        known = {each.name: _checked(values, each) for each in fields(Entry) if each.name != "more"}
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("no entry") from error
    return Entry(**known, more={name: values[name] for name in values if name not in known})


def _checked(values: dict[str, Any], known: Any) -> Any:
    if known.name not in values and known.default is not MISSING:
        return known.default
    value = values[known.name]
    if known.name == "state":
        if value not in get_args(State):
            raise ValueError(known.name)
    elif type(value) not in KINDS[known.type]:
        raise TypeError(known.name)
    if type(value) is dict and any(type(each) is not str for each in value.values()):
        raise TypeError(known.name)
    return value
