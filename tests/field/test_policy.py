"""The administrator's policy on a machine that has one: nothing escapes it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import QUESTION, Receiver, Shell, Terminal, needs, until

pytestmark = [pytest.mark.once, pytest.mark.account]

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
    assert "telemetry-hook:" not in ended.stderr
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
    assert "But your administrator wants you to be asked each time, so the tool still asks." in said


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
