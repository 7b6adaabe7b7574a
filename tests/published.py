"""A published tool in this very process: its source is written, imported, and taken as public."""

from __future__ import annotations

import importlib.util
import linecache
import sys
import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from telemetry_hook._crash import capture
from telemetry_hook._crash.crash import Crash
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact.exceptions import Exceptions
from telemetry_hook._redact.frames import Frames
from telemetry_hook._redact.published.class_names import ClassNames
from telemetry_hook._redact.published.definitions import Definitions
from telemetry_hook._redact.published.locations import Locations
from telemetry_hook._redact.published.public_files import PublicFile, PublicFiles
from telemetry_hook._report import RedactedException


class Site:
    """Modules that are published (`publish`), or the user's own (`run` runs what raises)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files = PublicFiles([], is_local=True)
        self.swallowed: list[str] = []
        self.distribution = Distribution(str(directory), "acme-1.0.dist-info")

    def publish(self, name: str, source: str, *, is_own: bool = True) -> Any:
        """Write and import a module; the files of `PublicFiles` are what it was told of before."""
        module, path = self._import(name, source)
        content, relative = path.read_bytes(), path.relative_to(self.directory).as_posix()
        file = PublicFile(str(path), relative, content, self.distribution, is_own)
        self.files._found[str(path)] = file
        return module

    def write(self, name: str, source: str) -> Any:
        """Write and import a module of the user's own."""
        return self._import(name, source)[0]

    def redacted(self, call: Callable[[], object]) -> tuple[RedactedException, ...]:
        """Return what is reported of the exceptions that a call ends in."""
        try:
            call()
        except BaseException as error:
            # The first frame is the test's own.
            traceback = error.__traceback__
            while traceback is not None and traceback.tb_frame.f_code.co_filename in OURS:
                traceback = traceback.tb_next
            return self.redact(capture.capture(error.with_traceback(traceback), "excepthook"))
        raise AssertionError("nothing was raised")

    def redact(self, crash: Crash) -> tuple[RedactedException, ...]:
        """Return what is reported of a crash's exceptions."""
        definitions = Definitions()
        classes = ClassNames(self.files, definitions)
        locations = Locations(self.files, definitions, classes)
        frames = Frames(self.files, classes, locations)
        exceptions = Exceptions(self.files, definitions, classes, locations, frames)
        redacted = exceptions.redacted(crash)
        self.swallowed = exceptions.swallowed
        return redacted

    def message(self, call: Callable[[], object]) -> str:
        """Return the first exception's message as it is reported."""
        return str(self.redacted(call)[0].message)

    def function(self, head: str, body: str) -> Callable[[str], object]:
        """Publish a module with `def fail(s)`, which has this body, and return the function."""
        lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
        module = self.publish("acme.vessels", f"{textwrap.dedent(head)}\ndef fail(s):\n{lines}\n")
        function: Callable[[str], object] = module.fail
        return function

    def identical(self, fail: Callable[[str], object], values: Sequence[str]) -> str:
        """Call a function with each value, assert that the reports are the same, return the message.

        The frames and the message show that a variable is empty. So for the empty value, only messages
        are compared, with `<…>` for `<empty>`.
        """
        reports = {value: self.redacted(partial(fail, value)) for value in values}
        messages = {value: [str(part.message) for part in reports[value]] for value in reports}
        if "" in messages:
            messages[""] = [text.replace("<empty>", "<…>") for text in messages[""]]
        first = values[0]
        assert messages == dict.fromkeys(values, messages[first])
        assert [value for value in filter(None, values) if reports[value] != reports[first]] == []
        return messages[first][0]

    def _import(self, name: str, source: str) -> tuple[Any, Path]:
        path = self.directory.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), "utf-8")
        linecache.checkcache(str(path))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module, path


OURS = {__file__}
