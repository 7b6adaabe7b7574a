"""One machine with all that nobody published: the reports of two users are identical.

The users differ in name, home, directory, language, and in all texts that they wrote or built. In
ways of their own these texts come into packages, into the standard library and into codecs.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import unpublished
from conftest import PLUGIN, Environment, make_environment, make_tool, make_wheel, needs
from corpus_runs import differences

pytestmark = pytest.mark.once
# Reports of this tool leave the machine.
REMOTE = PLUGIN.replace(
    'FileReceiver(os.environ["REPORTS"])', 'HttpsReceiver("https://reports.acme.example/in")'
)
USERS: list[dict[str, Any]] = [
    {
        "user": "mkowalczyk",
        "home": "clients-of-kowalczyk",
        "flags": "-DKOWALCZYK_LICENCE=48151623",
        "word": "Zephyrine",
        "text": "the merger with Blackbird is confirmed",
        "password": "hunter2_S3cret!Zx",
        "passphrase": "open sesame, said the boy",
        "codec": "kowalczyk_cipher",
        "alias": "kowalczyk_secret",
        "code": "b20",
        "count": 3,
        "is_german": True,
    },
    {
        "user": "tnguyen",
        "home": "divorce-of-nguyen",
        "flags": "-DNGUYEN_TOKEN=31337042",
        "word": "Brontosaur",
        "text": "please wire it all to Zurich before noon",
        "password": "Tr0ub4dor+3_Correct",
        "passphrase": "correct horse battery staple",
        "codec": "nguyen_rot",
        "alias": "nguyen_rot_of_mine",
        "code": "r51",
        "count": 7,
        "is_german": False,
    },
]
# Texts that are in no published file.
SECRETS = ("user", "home", "flags", "word", "text", "password", "codec", "alias")
DIAGNOSES = {"b20": "HIV disease stage four", "r51": "nothing but a headache"}
WORK = f"""
import copy, json.company, os, sys, threading
import built._build_info, edited._build_info, forked

DIAGNOSES = {DIAGNOSES!r}
class LedgerError(Exception): pass

def told(s): raise LedgerError("the ledger has no entry %s" % s["word"])
def told_by_build(s): built._build_info.refuse(s["word"])
def told_again_by_build(s): built._build_info.refuse_again(s["word"])
def told_by_editable(s): edited._build_info.refuse(s["word"])
def told_again_by_editable(s): edited._build_info.refuse_again(s["word"])
def told_by_fork(s): forked.unlock(s["word"])
def told_by_library(s): json.company.refuse(s["word"])
def of_fork(s): raise forked.Unlocked(s["text"])
def of_library(s): raise json.company.Refused(s["text"])
def text_of_build(s): raise LedgerError("built by " + built._build_info.USER)
def decoded(s): b"x".decode(s["alias"])
def encoded(s): "x".encode(s["codec"])
def unknown(s): b"x".decode(s["codec"] + "x")
def missing(s): open(s["word"])
def a_directory(s): open("/")
def no_number(s): raise OSError(os.strerror(2))
def diagnosis(s): raise LedgerError("cannot encode the diagnosis %s today" % DIAGNOSES[s["code"]])
def default(s):
    word = s.get("passphrase", "correct horse battery staple")
    raise LedgerError(f"cannot unlock the ledger with {{word}} today")
def depth(s):
    value = threading.Lock()
    for _ in range(20 + s["count"]):
        value = [value]
    copy.deepcopy(value)
def chain(s):
    error = None
    for number in range(s["count"]):
        made = LedgerError("the attempt %s failed" % number)
        made.__cause__ = error
        error = made
    raise error
"""
FORK = """
PASSWORD = {password!r}
class Unlocked(Exception): pass
class Unlocked{word}(Unlocked): pass
def unlock(value):
    # the password of {user} is {password}
    raise Unlocked{word}("cannot unlock %s with {password}: {text}" % value)
"""
COMPANY = """
class Refused(Exception): pass
class Refused{word}(Refused): pass
def refuse(value):
    # as {user} wants it
    raise Refused{word}("the ledger of {word} has no entry %s: {text}" % value)
"""
# What the reports of both have of the tool's own text.
OWN = {
    "told": "the ledger has no entry <…>",
    "diagnosis": "cannot encode the diagnosis <…> today",
    "default": "cannot unlock the ledger with <…> today",
    "chain": "the attempt <int> failed",
    "missing": "[Errno 2] No such file or directory: <…>",
}
RUN = f"""
import json, os, sys
{unpublished.CODEC}
if "CATALOGUES" in os.environ:
    {unpublished.SPEAK_GERMAN.strip().replace(chr(10), chr(10) + "    ")}
secrets = json.load(sys.stdin)
private_codec(secrets["codec"], secrets["alias"])
from ledger import work
from telemetry_hook.testing import preview
reports = {{}}
for name, function in list(vars(work).items()):
    if getattr(function, "__module__", "") == "ledger.work" and not isinstance(function, type):
        try:
            function(secrets)
        except Exception as error:
            try:
                report = preview(error, "ledger")
            except Exception as dropped:
                report = {{"dropped": str(dropped), "exceptions": []}}
            reports[name] = {{key: report[key] for key in report if key not in ("id", "time")}}
print(json.dumps(reports))
"""
Reports = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def reports(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Reports]:
    """Return the reports of each user, by the function that failed."""
    needs("C.UTF-8")
    directory = tmp_path_factory.mktemp("unpublished")
    environment = make_environment(directory / "environment")
    tool = make_tool(
        *(directory, "ledger", "def main(): ...\n"),
        plugin=REMOTE,
        files={"ledger/work.py": WORK},
        requires=("built", "edited", "forked"),
    )
    environment.pip("install", wheel)
    library = unpublished.copy_library(environment, directory / "base")
    variables = unpublished.german(directory)
    return [of_user(environment, tool, library, variables, user) for user in USERS]


def of_user(
    environment: Environment,
    tool: Path,
    library: Path,
    variables: dict[str, str],
    user: dict[str, Any],
) -> Reports:
    """Install what is a user's own, run the tool as this user, and return its reports."""
    home = tool.parent / user["home"]
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGNAME", user["user"])
        patch.setenv("HOME", str(home))
        patch.setenv("CFLAGS", user["flags"])
        patch.chdir(home)
        built = unpublished.make_project(home, "built", {})
        edited = unpublished.make_project(home, "edited", {})
        wheel = make_wheel(home, "forked", {"forked.py": FORK.format(**user)})
        (library / "json" / "company.py").write_text(COMPANY.format(**user))
        environment.pip(
            *("install", "--no-index", "--no-deps", "--force-reinstall"),
            *unpublished.by_name(tool),
            *unpublished.by_name(unpublished.make_sdist(home, built)),
            *("--editable", edited, unpublished.from_disk(wheel)),
        )
        run = subprocess.run(
            [environment.python, "-c", RUN],
            input=json.dumps(user),
            stdout=subprocess.PIPE,
            env={**os.environ, **(variables if user["is_german"] else {})},
            text=True,
            check=True,
        )
    found: Reports = json.loads(run.stdout)
    return found


def texts(value: object) -> Iterator[str]:
    """Yield all texts in a report, in lower case."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name.lower()
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        yield str(value).lower()


def test_both_users_make_the_same_reports(reports: list[Reports]) -> None:
    """Not one report tells which user it is."""
    first, second = reports
    assert len(first) > 15
    assert first.keys() == second.keys()
    assert list(differences(first, second)) == []


def test_no_text_of_a_user_is_in_a_report(reports: list[Reports]) -> None:
    """They are neither in messages nor in source, names or details."""
    planted = [str(user[name]).lower() for user in USERS for name in SECRETS]
    assert {
        (name, secret, text)
        for found in reports
        for name, report in found.items()
        for text in texts(report["exceptions"])
        for secret in planted
        if secret in text
    } == set()


def test_no_report_is_dropped(reports: list[Reports]) -> None:
    """A private text is withheld, and the rest is reported."""
    assert [name for found in reports for name in found if "dropped" in found[name]] == []


def test_the_tools_own_text_is_in_the_reports(reports: list[Reports]) -> None:
    """What was published is told, also in a German user's report."""
    for found in reports:
        assert {name: found[name]["exceptions"][0]["message"] for name in OWN} == OWN
