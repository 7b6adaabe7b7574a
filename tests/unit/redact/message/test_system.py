"""Messages of system errors: English in every language, and chosen by number and fields alone."""

from __future__ import annotations

import locale
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import needs
from fragile import Fragile
from published import Site

from telemetry_hook._redact import system_errors
from telemetry_hook._redact.message import system

SOURCE = """
import os, socket
def missing(s): open("/nowhere/" + s)
def renamed(s): os.rename("/nowhere/" + s, "/nowhere/else")
def refused(s): socket.create_connection(("127.0.0.1", 1), timeout=5)
def closed(s): os.read(987654, 1)
def own(s): raise OSError(2, s)
def own_file(s): raise OSError(2, s, s)
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Return a site with a module of which each function fails."""
    made = Site(tmp_path.resolve())
    made.publish("acme_system", SOURCE)
    yield made
    del sys.modules["acme_system"]


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the German locale."""
    needs("German")
    target = tmp_path_factory.mktemp("locales")
    command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(target / "de_DE.UTF-8")]
    subprocess.run(command, check=True)
    return target


@pytest.fixture
def german(locales: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the C library's texts in German."""
    monkeypatch.setenv("LOCPATH", str(locales))
    monkeypatch.delenv("LANGUAGE", raising=False)
    before = locale.setlocale(locale.LC_ALL)
    locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    assert os.strerror(2) == "Datei oder Verzeichnis nicht gefunden"
    yield
    locale.setlocale(locale.LC_ALL, before)


EXPECTED = {
    "missing": "[Errno 2] No such file or directory: <…>",
    "renamed": "[Errno 2] No such file or directory: <…> -> <…>",
    "closed": "[Errno 9] Bad file descriptor",
    "refused": "[Errno 111] Connection refused",
}


def said(site: Site, function: str, secret: str) -> str:
    return site.message(lambda: getattr(sys.modules["acme_system"], function)(secret))


@pytest.mark.parametrize("function", EXPECTED)
@pytest.mark.skipif(sys.platform != "linux", reason="these are its numbers")
def test_messages_in_german(site: Site, german: None, function: str) -> None:
    """What is reported is the text in our table."""
    assert said(site, function, "hunter2") == EXPECTED[function]


@pytest.mark.once
def test_the_fingerprint_does_not_depend_on_the_language(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Where no frame is the tool's own, the message is a part of it."""
    tool = Fragile(tmp_path, SOURCE)
    english = tool.report("missing", "hunter2")
    request.getfixturevalue("german")
    translated = tool.report("missing", "hunter2")
    assert english.exceptions == translated.exceptions
    assert english.fingerprint == translated.fingerprint


@pytest.mark.parametrize("function", EXPECTED)
@pytest.mark.skipif(sys.platform != "linux", reason="these are its numbers")
def test_a_changed_function_of_the_program_is_not_called(
    site: Site, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Neither one in Python nor another one from C code."""
    for changed in (lambda number: "hunter2", len, str):
        monkeypatch.setattr(os, "strerror", changed)
        assert said(site, function, "hunter2") == EXPECTED[function]


@pytest.mark.parametrize("secret", ["hunter2", "No such file or directory", "a: b", "Not found"])
@pytest.mark.parametrize("function", ["own", "own_file"])
def test_a_text_of_the_programs_own(site: Site, function: str, secret: str) -> None:
    """It does not matter whether it equals the C library's text."""
    assert said(site, function, secret) == said(site, function, "correct horse")


def test_no_template_for_other_numbers() -> None:
    assert system.templates(987_654) == ()
    assert system.known(OSError(987_654, "hunter2")) is None
    assert system.known(OSError("hunter2")) is None
    assert system.known(ValueError(2, "hunter2")) is None


class Mine(OSError):
    """A class of the user's, in which a number may mean anything."""


def test_only_built_in_classes() -> None:
    assert system.known(Mine(2, "hunter2", "/hunter2")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the texts of other C libraries differ")
def test_texts_of_glibc() -> None:
    """In English, they are those that are in our table."""
    if not os.confstr("CS_GNU_LIBC_VERSION"):  # pragma: no cover
        pytest.skip("another C library")
    texts: Callable[[int], str] = os.strerror
    for number in system_errors.ERRORS:
        if not texts(number).startswith("Unknown error"):
            assert system_errors.text(number) == texts(number)
