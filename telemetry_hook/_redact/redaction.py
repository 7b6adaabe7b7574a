"""Makes a `RedactedReport` from a `Report`: decides what may leave the process.

Every text is looked up in public sources, and a text that is not found there becomes a placeholder.
If anything goes wrong here, an exception is raised and no report is made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from telemetry_hook import _environment
from telemetry_hook._installed import changes
from telemetry_hook._installed.distributions import distribution
from telemetry_hook._private import search
from telemetry_hook._redact import excepthook, machine, origins, releases, withheld
from telemetry_hook._redact.attributes import Attributes
from telemetry_hook._redact.command.command import command
from telemetry_hook._redact.exceptions import Exceptions
from telemetry_hook._redact.fingerprint import fingerprint
from telemetry_hook._redact.frames import Frames
from telemetry_hook._redact.lightening import lighter
from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.locations import Locations
from telemetry_hook._redact.published.public_files import PublicFiles
from telemetry_hook._report import FORMAT, RedactedReport
from telemetry_hook.receivers import is_local

if TYPE_CHECKING:
    from telemetry_hook._private.search import PrivateNames
    from telemetry_hook._redact.raw_report import Report

__all__ = ["Redaction", "lighter", "redact"]

_WORDS = origins.words(
    *("", "excepthook", "threading", "atexit", "web", "reported", "preview", "stable")
)


class Redaction(NamedTuple):
    """The part of a report that may leave the process, and the texts that may not.

    `swallowed` are the parts of messages that placeholders replaced, and `names` those of the machine
    and its user.
    """

    report: RedactedReport
    swallowed: tuple[str, ...]
    names: PrivateNames


def redact(report: Report) -> Redaction:
    """Return the part of a report that may leave the process.

    Raises:
        Exception: something could not be redacted. The report must be dropped.
    """
    registration, tool, crash = report.registration, report.tool, report.crash
    members = [member for name in tool.family if (member := distribution(name)) is not None]
    family = [member for member in members if not changes.is_changed(member)]
    own = [registration.distribution, registration.plugin, *family]
    files = PublicFiles(own, is_local=is_local(tool.receiver.address))
    definitions = Definitions()
    classes = ClassNames(files, definitions)
    locations = Locations(files, definitions, classes)
    frames = Frames(files, classes, locations)
    exceptions = Exceptions(files, definitions, classes, locations, frames)
    attributes = Attributes(files, own)
    redacted = exceptions.redacted(crash)
    known = dict.fromkeys([registration.distribution, *family, *frames.distributions])
    own_release, *packages = map(releases.release, known)
    # What failed before it had a frame may be to blame: so all that the tool requires is named.
    required = [each for each in files.required() if each not in known]
    packages += [releases.required(each) for each in required if not changes.is_changed(each)]
    names = search.of_machine(os.environ, _environment.variables(), own)
    redacted_report = withheld.withhold(
        RedactedReport(
            format=FORMAT,
            id=report.id,
            time=origins.minute(report.time),
            tool=own_release,
            packages=tuple(packages),
            phase=_WORDS[tool.phase],
            mechanism=_WORDS[crash.mechanism],
            python=machine.python(),
            system=machine.system(),
            circumstances=machine.circumstances(
                registration.distribution, own_excepthook=excepthook.is_own(locations)
            ),
            command=command(crash, registration.package, own, files, locations),
            attributes=tuple(attributes.redacted(tool.attributes, report.attributes)),
            exceptions=redacted,
            fingerprint=_WORDS[""],
        ),
        names,
    )
    # Of what was withheld, a hash would confirm a guess.
    hashed = fingerprint(own_release, redacted_report.exceptions)
    return Redaction(
        redacted_report._replace(fingerprint=hashed), tuple(exceptions.swallowed), names
    )
