"""The administrator's policy: what it says, what is wrong with it, and that nothing escapes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import QUESTION, Receiver, Shell, Terminal, needs, until

from telemetry_hook import FileReceiver, HttpsReceiver, OtlpReceiver, SentryReceiver
from telemetry_hook._consent.policy import Limits, Policy, load, parse
from telemetry_hook._disk import paths
from telemetry_hook._errors import PolicyError

pytestmark = pytest.mark.once

CRASH = ("lift", "up", "--schema", "cycle.lift", "--create-db")
# A namespace of its own, with a file more in /etc than the machine has.
NAMESPACE = """\
set -e
mount -t tmpfs tmpfs "$2"
(umask 022; mkdir -p "$2/work" "$2/upper/telemetry-hook")
cp -p "$1" "$2/upper/telemetry-hook/policy.toml"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$2/upper,workdir=$2/work" /etc
shift 2
exec "$@"
"""


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
        ("mode = never", "/etc/policy.toml is no TOML: "),
        ("\ufeff\u0000", "is no TOML"),
        ("a = " + "[" * 5000, "is no TOML"),
        ('mode = "always"', '/etc/policy.toml: mode is \'always\'; use "never" or "ask"'),
        ("mode = []", 'mode is []; use "never" or "ask"'),
        ('modus = "never"', "/etc/policy.toml: unknown: modus; known are mode, receiver"),
        ('[tools.lift]\nmode = "x"', "tools.lift: mode is 'x'"),
        ('[tools.lift]\nname = "x"', "tools.lift: unknown: name"),
        ("tools = 5", "tools must be tables"),
        ("tools.lift = 5", "tools.lift must be a table"),
        ('[tools."a b"]', "tools.'a b' is no tool's name"),
        ("receiver = 5", "receiver: name one of sentry, otlp, https, file"),
        ("[receiver]", "receiver: name one of"),
        ('[receiver]\nfile = "/a"\nhttps = "https://a"', "receiver: name one of"),
        ('[receiver]\nsyslog = "x"', "receiver: unknown: syslog"),
        ("[receiver]\nsentry = 5", "receiver.sentry: SentryReceiver(5): not a URL"),
        ('[receiver]\nhttps = "http://corp.example"', "plain HTTP is for this machine alone"),
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
        ("owner", "belongs to a user; run: chown root"),
        ("owner of directory", "belongs to a user"),
        ("fifo", "is no file"),
        ("is a directory", "is no file"),
        ("large", "is larger than"),
        ("nonsense", "is no TOML"),
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


def test_no_variable_moves_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is the platform's, whatever the environment says."""
    before = paths.policy()
    for name in ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "HOME", "PROGRAMDATA", "TELEMETRY_HOOK"):
        monkeypatch.setenv(name, "/elsewhere")
    assert paths.policy() == before
    if sys.platform == "linux":
        assert before == Path("/etc/telemetry-hook/policy.toml")


@dataclass
class Governed:
    """A shell on a machine whose administrator has written a policy."""

    shell: Shell
    directory: Path

    def run(self, policy: str, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.shell.run(*self._prefix(policy), *self._absolute(command), **variables)

    def terminal(self, policy: str, *command: str, **variables: str) -> Terminal:
        return self.shell.terminal(*self._prefix(policy), *self._absolute(command), **variables)

    def _prefix(self, policy: str) -> list[str]:
        path, scratch = self.directory / "policy.toml", self.directory / "scratch"
        scratch.mkdir(exist_ok=True)
        path.write_text(policy)
        path.chmod(0o644)
        script = ["sh", "-c", NAMESPACE, "sh", str(path), str(scratch)]
        return ["unshare", "--map-root-user", "--mount", *script]

    def _absolute(self, command: tuple[str, ...]) -> list[str]:
        return [str(self.shell.environment.bin / command[0]), *command[1:]]


@pytest.fixture
def governed(project: Shell, tmp_path: Path) -> Governed:
    """Return a shell under a policy."""
    needs("mount namespaces")
    directory = tmp_path / "governed"
    directory.mkdir()
    return Governed(project, directory)


def test_never_forbids_and_leaves_nothing(governed: Governed) -> None:
    """Under a policy of never nobody is asked, an always does not send, no variable escapes it."""
    terminal = governed.terminal('mode = "never"', *CRASH, TELEMETRY_HOOK="ask")
    assert terminal.end() == 1
    assert "has crashed" not in terminal.screen
    assert governed.shell.home.files() == []
    governed.shell.run("telemetry-hook", "always", "lift")
    ended = governed.run('mode = "never"', *CRASH, XDG_CONFIG_DIRS="/elsewhere")
    assert "telemetry-hook" not in ended.stderr
    assert not governed.shell.home.outbox.exists()


def test_ask_does_not_count_an_always(governed: Governed) -> None:
    """Under a policy of ask a saved always asks, and says why."""
    governed.shell.run("telemetry-hook", "always", "lift")
    terminal = governed.terminal('mode = "ask"', *CRASH)
    terminal.answer("no")
    terminal.end()
    told = " ".join(terminal.screen.split())
    assert "Why again: your administrator wants you to be asked each time" in told
    said = governed.run('mode = "ask"', "telemetry-hook", "always", "lift").stdout
    assert "But your administrator wants you to be asked each time, so it still asks." in said


def test_a_user_can_be_stricter(governed: Governed) -> None:
    """A never of the user's holds under a policy of ask."""
    governed.shell.run("telemetry-hook", "never", "lift")
    terminal = governed.terminal('mode = "ask"', *CRASH)
    terminal.end()
    assert "has crashed" not in terminal.screen


def test_one_tool_can_be_forbidden(governed: Governed) -> None:
    """A tool's own table holds for that tool."""
    terminal = governed.terminal('[tools.lift]\nmode = "never"', *CRASH)
    terminal.end()
    assert "has crashed" not in terminal.screen
    asked = governed.terminal('[tools.photon]\nmode = "never"', *CRASH)
    asked.answer("no")
    asked.end()


def test_the_organisations_receiver_gets_the_reports(
    governed: Governed, receiver: Receiver
) -> None:
    """Reports go to the organisation's receiver, the question says so, and no other is asked."""
    other = Receiver()
    policy = f'[receiver]\nhttps = "{receiver.url}/corp"'
    terminal = governed.terminal(policy, *CRASH, LIFT_TELEMETRY_DSN=other.dsn)
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    terminal.end()
    told = " ".join(terminal.screen.split())
    assert f"send a report to your organisation ({receiver.url.partition('//')[2]})" in told
    assert [each["path"] for each in receiver.requests] == ["/corp"]
    assert json.loads(receiver.bodies[0])["exceptions"][0]["type"] == "PlanError"
    assert other.asked == 0


def test_what_was_agreed_to_for_another_receiver_stays(
    governed: Governed, receiver: Receiver
) -> None:
    """A report that was kept before the organisation set its receiver is not sent past it."""
    kept = governed.shell.terminal(*CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    kept.answer("later")
    kept.end()
    [report] = json.loads(governed.shell.run("telemetry-hook", "list", "--json").stdout)
    policy = '[receiver]\nhttps = "https://corp.example/"'
    said = governed.run(policy, "telemetry-hook", "send", report["receipt"])
    assert (said.returncode, "has set another receiver since" in said.stderr) == (1, True)
    forbidden = governed.run('mode = "never"', "telemetry-hook", "send", report["receipt"])
    assert (forbidden.returncode, "administrator said never" in forbidden.stderr) == (1, True)
    assert receiver.asked == 0


def test_an_always_asks_again_for_the_organisations_receiver(
    governed: Governed, receiver: Receiver
) -> None:
    """A standing always was for the tool's own receiver."""
    governed.shell.run("telemetry-hook", "always", "lift", LIFT_TELEMETRY_DSN=receiver.dsn)
    policy = f'[receiver]\nhttps = "{receiver.url}/corp"'
    terminal = governed.terminal(policy, *CRASH, LIFT_TELEMETRY_DSN=receiver.dsn)
    terminal.expect(QUESTION)
    terminal.process.sendline("always")
    terminal.expect("Receipt: ")
    terminal.end()
    governed.run(policy, "lift", "up", "--schema", "cycle.lift", LIFT_TELEMETRY_DSN=receiver.dsn)
    until(lambda: receiver.bodies)
    assert {each["path"] for each in receiver.requests} == {"/corp"}


def test_status_and_doctor_say_which_policy_decides(governed: Governed) -> None:
    """`status` names the file, `doctor` what it says, or what is wrong with it."""
    policy = 'mode = "never"\n[tools.photon]\nmode = "ask"'
    status = governed.run(policy, "telemetry-hook", "status", "lift").stdout
    assert "lift: would do nothing: your administrator said never" in status
    assert "set in  /etc/telemetry-hook/policy.toml" in status
    doctor = governed.run(policy, "telemetry-hook", "doctor")
    assert "every other tool: never; photon: ask" in doctor.stdout
    assert doctor.returncode == 0
    broken = governed.run('mode = "nevr"', "telemetry-hook", "doctor")
    assert broken.returncode == 1
    assert "WRONG  policy: /etc/telemetry-hook/policy.toml: mode is 'nevr'" in broken.stdout
    [lift] = json.loads(governed.run("x", "telemetry-hook", "status", "lift", "--json").stdout)
    assert (lift["action"], "cannot be followed" in lift["reason"]) == ("discard", True)
