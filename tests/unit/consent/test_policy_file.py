"""The policy file: what it may say, and why it is not followed when it cannot be trusted."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from telemetry_hook import FileReceiver, HttpsReceiver, OtlpReceiver, SentryReceiver, Tool
from telemetry_hook._consent.policy import (
    MAX_POLICY_BYTES,
    ORGANISATION,
    Limits,
    Policy,
    load,
    parse,
)
from telemetry_hook._disk import paths
from telemetry_hook._errors import PolicyError

pytestmark = pytest.mark.once

CORP = HttpsReceiver("https://corp.example/reports")


def parsed(text: str) -> Policy:
    return parse(text.encode(), "/etc/policy.toml")


def test_a_policy_says_what_holds() -> None:
    """Modes and receivers for all tools and for single ones; what a tool's table says comes first."""
    policy = parsed(
        """
        mode = "ask"
        [receiver]
        sentry = "https://KEY@errors.corp.example/7"
        [tools.lift]
        mode = "never"
        [tools.photon.receiver]
        otlp = "https://otel.corp.example"
        """
    )
    corp = SentryReceiver("https://KEY@errors.corp.example/7")
    assert policy.of("anything") == Limits("ask", corp)
    assert policy.of("lift") == Limits("never", corp)
    assert policy.of("photon") == Limits("ask", OtlpReceiver("https://otel.corp.example"))
    assert policy.forbids("lift") == "your administrator said never"
    assert policy.forbids("photon") is None
    assert parsed("").of("lift") == Limits()


@pytest.mark.parametrize(
    ("line", "receiver"),
    [
        ('https = "https://corp.example/reports"', HttpsReceiver("https://corp.example/reports")),
        ('file = "/var/reports"', FileReceiver("/var/reports")),
    ],
)
def test_every_receiver_can_be_the_organisations(line: str, receiver: object) -> None:
    """The kinds of receivers are those that tools have."""
    assert parsed(f"[receiver]\n{line}").of("lift").receiver == receiver


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mode = never", "/etc/policy.toml is not valid TOML: "),
        ("\ufeff\u0000", "is not valid TOML"),
        ("a = " + "[" * 5000, "is not valid TOML"),
        ('mode = "always"', '/etc/policy.toml: mode is \'always\'; use "never" or "ask"'),
        ("mode = []", 'mode is []; use "never" or "ask"'),
        ('modus = "never"', "/etc/policy.toml: unknown settings: modus (known: mode, receiver)"),
        ('[tools.lift]\nmode = "x"', "tools.lift: mode is 'x'"),
        ('[tools.lift]\nname = "x"', "tools.lift: unknown settings: name"),
        ("tools = 5", "write each tool as a table"),
        ("tools.lift = 5", "tools.lift must be a table"),
        ('[tools."a b"]', "tools.'a b' is not a valid name of a tool"),
        ("receiver = 5", "receiver: give one of sentry, otlp, https, file"),
        ("[receiver]", "receiver: give one of"),
        ('[receiver]\nfile = "/a"\nhttps = "https://a"', "receiver: give one of"),
        ('[receiver]\nsyslog = "x"', "receiver: unknown settings: syslog"),
        ("[receiver]\nsentry = 5", "receiver.sentry: SentryReceiver(5): not a URL"),
        ('[receiver]\nhttps = "http://corp.example"', "plain HTTP is allowed only to this machine"),
        ("[receiver]\nfile = 5", "receiver.file: "),
    ],
)
def test_a_mistake_is_named(text: str, said: str) -> None:
    """An error says which file, where in it, what is wrong, and what is right."""
    with pytest.raises(PolicyError) as caught:
        parsed(text)
    assert said in str(caught.value)


@pytest.fixture
def policy_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the policy at a path that this test can write, of the user whom the system is of."""
    path = tmp_path / "etc/policy.toml"
    path.parent.mkdir(mode=0o755)
    real = os.stat
    monkeypatch.setattr(paths, "policy", lambda: path)
    monkeypatch.setattr(
        os,
        "stat",
        lambda path, **options: real(tmp_path if path == "/" else path, **options),
    )
    return path


def test_no_file_is_no_policy(policy_file: Path) -> None:
    """Where there is none, nothing is limited."""
    assert load() == Policy()
    policy_file.parent.rmdir()
    assert load() == Policy()


def test_a_sound_file_is_followed(policy_file: Path) -> None:
    """A file that nobody else can write is read."""
    policy_file.write_text('mode = "ask"')
    policy_file.chmod(0o644)
    assert load() == Policy(str(policy_file), Limits("ask"))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("others", "can be written by others; run: chmod go-w"),
        ("group", "can be written by others"),
        ("directory", "can be written by others"),
        ("owner", "does not belong to root; run: chown root"),
        ("owner of directory", "does not belong to root"),
        ("fifo", "is not a regular file"),
        ("is a directory", "is not a regular file"),
        ("large", "is larger than"),
        ("nonsense", "is not valid TOML"),
        ("loop", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_trusted_counts_as_never(
    policy_file: Path, fault: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever keeps us from knowing what the administrator wants forbids everything."""
    policy_file.write_text('mode = "ask"')
    policy_file.chmod(0o644)
    if fault in ("others", "group"):
        policy_file.chmod(0o646 if fault == "others" else 0o664)
    elif fault == "directory":
        policy_file.parent.chmod(0o777)
    elif fault.startswith("owner") and os.geteuid() != 0:
        monkeypatch.undo()  # both are this user's, and the system is root's
        monkeypatch.setattr(paths, "policy", lambda: policy_file)
    elif fault.startswith("owner"):
        os.chown(policy_file.parent if fault.endswith("directory") else policy_file, 12345, 0)
    elif fault == "large":
        policy_file.write_text("#" * 100_000)
    elif fault == "nonsense":
        policy_file.write_text("nonsense")
    else:
        policy_file.unlink()
        if fault == "fifo":
            os.mkfifo(policy_file, 0o644)
        elif fault == "is a directory":
            policy_file.mkdir()
        else:
            policy_file.symlink_to(policy_file)
    policy = load()
    assert said in policy.fault
    assert policy.of("lift").mode == "never"


@pytest.mark.skipif(os.name == "nt", reason="root owns the files in these tests")
@pytest.mark.parametrize("call", ["fstat", "fdopen", "open", "stat"])
def test_a_file_that_cannot_be_read_now_counts_as_never(
    policy_file: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Whichever call fails: whoever wrote a policy wanted a limit."""
    policy_file.write_text("")
    assert load().fault == ""

    def failing(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        found = load()
    assert found.fault == f"{policy_file} cannot be read: Input/output error"
    assert found.of("lift").mode == "never"


def test_no_variable_moves_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is the platform's, whatever the environment says."""
    before = paths.policy()
    for name in ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "HOME", "PROGRAMDATA", "TELEMETRY_HOOK"):
        monkeypatch.setenv(name, "/elsewhere")
    assert paths.policy() == before
    if sys.platform == "linux":
        assert before == Path("/etc/telemetry-hook/policy.toml")


def test_a_limit_of_the_tools_own_comes_before_the_others() -> None:
    """Mode and receiver are looked up one by one: a tool's table need not have both."""
    other = OtlpReceiver("https://otel.corp.example")
    policy = Policy("/etc/policy.toml", Limits("never", CORP), {"lift": Limits("ask")})
    assert policy.of("lift") == Limits("ask", CORP)
    assert policy.of("photon") == Limits("never", CORP)
    policy = Policy("/etc/policy.toml", Limits("ask", CORP), {"lift": Limits(receiver=other)})
    assert policy.of("lift") == Limits("ask", other)


def test_a_file_with_a_fault_forbids_everything() -> None:
    """Not even what the rest of the file says is followed."""
    policy = Policy("/etc/policy.toml", Limits("ask", CORP), {"lift": Limits("ask")}, "it is odd")
    assert policy.of("lift") == Limits("never")
    assert policy.forbids("lift") == "the policy cannot be followed: it is odd"


@pytest.mark.parametrize(
    ("limits", "summary"),
    [
        (Limits(), ""),
        (Limits("never"), "never"),
        (Limits("ask", CORP), "ask, reports to https://corp.example/reports"),
        (Limits(None, CORP), "reports to https://corp.example/reports"),
    ],
)
def test_limits_have_a_summary(limits: Limits, summary: str) -> None:
    """`doctor` prints it."""
    assert limits.summary == summary


def test_the_organisations_receiver_takes_the_place_of_the_tools() -> None:
    """Receiver and publisher are the organisation's; everything else is the tool's own."""
    tool = Tool(
        name="lift",
        publisher="Acme Ltd",
        receiver=FileReceiver("/var/reports"),
        purpose="to fix bugs",
        phase="preview",
    )
    assert Policy().applied_to(tool) is tool
    changed = Policy("/etc/policy.toml", Limits(receiver=CORP)).applied_to(tool)
    assert (changed.receiver, changed.publisher) == (CORP, ORGANISATION)
    assert (changed.name, changed.purpose, changed.phase) == ("lift", "to fix bugs", "preview")


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_may_have_64_kilobytes(policy_file: Path, more: int) -> None:
    """One byte more is too much."""
    policy_file.write_text("#" * (MAX_POLICY_BYTES + more))
    policy_file.chmod(0o644)
    assert MAX_POLICY_BYTES == 64 * 1024
    assert load().fault == (f"{policy_file} is larger than 65536 bytes" if more else "")


def test_a_parent_that_is_a_file_means_no_policy(policy_file: Path) -> None:
    """Where the directory should be there may be anything: then there is no policy."""
    policy_file.parent.rmdir()
    policy_file.parent.write_text("a file")
    policy_file.parent.chmod(0o644)
    assert load() == Policy()


def test_a_machine_without_the_folder_has_no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Windows may lack the registry's value."""

    def missing() -> Path:
        raise FileNotFoundError

    monkeypatch.setattr(paths, "policy", missing)
    assert load() == Policy()


class Registry:
    """Windows' registry, as far as it is read: every process sees the view of 64 bits."""

    HKEY_LOCAL_MACHINE, KEY_READ, KEY_WOW64_64KEY = object(), 1, 2

    def OpenKey(self, key: object, name: str, reserved: int, access: int) -> Any:  # noqa: N802
        assert (key, reserved, access) == (self.HKEY_LOCAL_MACHINE, 0, 3)
        return contextlib.nullcontext(name)

    def QueryValueEx(self, name: str, value: str) -> tuple[str, int]:  # noqa: N802
        return {
            r"SOFTWARE\Microsoft\Windows\CurrentVersion/ProgramFilesDir": ("/Program Files", 1)
        }[f"{name}/{value}"]


def test_the_path_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only administrators can write there, and no variable moves it."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(paths, "winreg", Registry(), raising=False)
    monkeypatch.setenv("ProgramFiles", "/home/user")
    assert paths.policy() == Path("/Program Files/telemetry-hook/policy.toml")
