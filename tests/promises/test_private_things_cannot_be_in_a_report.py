"""More than a thousand real exceptions with secrets in them: none gets out, none makes a difference.

By default two sets of secrets are tried on each case of the interpreter, library and packages, in
turn; with CORPUS=all in the environment, all of them.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpus_runs
import pytest
from conftest import Environment, Kent, Shell, make_environment, make_tool
from corpus_runs import Runs

# The networks of these would be asked, and ids and fingerprints are hexadecimal by design.
SCAN = """
import json, sys
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings
PLUGINS = [
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector",
    "CloudantDetector", "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector",
    "IbmCloudIamDetector", "IbmCosHmacDetector", "IPPublicDetector", "JwtTokenDetector",
    "MailchimpDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector",
    "SendGridDetector", "SlackDetector", "SoftlayerDetector", "SquareOAuthDetector",
    "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
]
with transient_settings({"plugins_used": [{"name": each} for each in PLUGINS]}):
    for number, line in enumerate(open(sys.argv[1], encoding="utf-8")):
        for found in scan_line(line.rstrip("\\n")):
            print(number, found.type, found.secret_value)
"""
SAMPLE = "aws = AKIAIOSFODNN7EXAMPLE, postgres://admin:hunter2@localhost/db"
MAX_DEPENDING = 0.03
FEWER = () if os.environ.get("CORPUS") == "all" else ("interpreter", "stdlib", "packages")


@dataclass(frozen=True)
class Corpus:
    """What the cases came to, and the environment they ran in."""

    environment: Environment
    directory: Path
    runs: Runs
    skipped: dict[str, str]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Corpus:
    """Run all cases once, even where several processes share the tests."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    directory = shared / "corpus"
    directory.mkdir(exist_ok=True)
    done = directory / "done.json"
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment = Environment(directory / "environment")
        if not done.exists():
            wheel: Path = request.getfixturevalue("wheel")
            corpus_runs.prepare(make_environment(environment.directory), wheel, directory)
            found = corpus_runs.run(environment, directory, fewer=FEWER)
            done.write_text(json.dumps(found), "utf-8", "backslashreplace")
    runs, skipped = json.loads(done.read_text("utf-8"))
    return Corpus(environment, directory, runs, skipped)


def refuse(offenders: Iterator[str]) -> None:
    """Fail with what there is against the reports, a line each and whole, if there is anything."""
    found = list(offenders)
    if found:
        more = f"\n… and {len(found) - 60} more" if len(found) > 60 else ""
        pytest.fail("\n".join([f"{len(found)} offenders:", *found[:60]]) + more, pytrace=False)


@pytest.mark.once
def test_cases_are_real_and_many(corpus: Corpus) -> None:
    """Hundreds of exceptions come from the tool, the interpreter, the library, and packages."""
    groups = Counter(next(iter(lines.values()))["group"] for lines in corpus.runs.values())
    assert groups["own"] >= 100, corpus.skipped
    assert groups["interpreter"] >= 100, corpus.skipped
    assert groups["stdlib"] >= 400, corpus.skipped
    assert groups["packages"] >= 280, corpus.skipped
    assert groups["attacks"] >= 70, corpus.skipped
    assert groups["choices"] >= 50, corpus.skipped
    modules = {
        frame["module"].partition(".")[0]
        for lines in corpus.runs.values()
        for line in lines.values()
        for exception in line.get("report", {}).get("exceptions", ())
        for frame in exception.get("frames", ())
        if frame.get("release", {}).get("name", "acme-corpus") != "acme-corpus"
    }
    assert len(modules) >= 15, sorted(modules)


@pytest.mark.once
def test_every_crash_makes_a_report(corpus: Corpus) -> None:
    """No report is dropped, by a failure of ours or by the last gate."""
    refuse(
        f"{case}, {name}: {line['failed']}"
        for case, lines in corpus.runs.items()
        for name, line in lines.items()
        if "failed" in line
    )


@pytest.mark.once
def test_no_secret_is_in_a_report(corpus: Corpus) -> None:
    """Neither a secret nor half of one is in it: cased, reversed, encoded, or as it is."""
    refuse(
        f"{case}, {leak}"
        for case, lines in corpus.runs.items()
        for leak in corpus_runs.leaks(lines)
    )


@pytest.mark.once
def test_the_search_finds_what_is_there(corpus: Corpus) -> None:
    """The same search finds secrets in most of the messages as they are."""
    found = [
        any(corpus_runs.leaks({name: {"report": line["message"]} for name, line in lines.items()}))
        for lines in corpus.runs.values()
    ]
    assert corpus_runs.mean(found) > 0.5


@pytest.mark.once
def test_secrets_make_no_difference(corpus: Corpus) -> None:
    """Where the same line raises the same class, other secrets make the very same report."""
    refuse(
        f"{case}, {difference}"
        for case, lines in corpus.runs.items()
        if not any("depends" in line for line in lines.values())
        for difference in corpus_runs.different(lines)
    )
    depending = [case for case, lines in corpus.runs.items() if "depends" in str(lines)]
    assert len(depending) < MAX_DEPENDING * len(corpus.runs)


@pytest.mark.once
def test_a_scanner_finds_nothing(corpus: Corpus) -> None:
    """detect-secrets, which does find what it looks for in messages, finds nothing in reports."""
    texts = corpus.directory / "texts"
    reports = [
        json.dumps(line.get("report"), ensure_ascii=False)
        for lines in corpus.runs.values()
        for line in lines.values()
    ]
    texts.write_text("\n".join([SAMPLE, *dict.fromkeys(reports)]), "utf-8", "backslashreplace")
    scanned = subprocess.run(
        [corpus.environment.python, "-c", SCAN, texts], capture_output=True, text=True, check=True
    )
    found = scanned.stdout.splitlines()
    assert re.findall(r"^0 .*", scanned.stdout, re.MULTILINE) == found
    assert len(found) >= 2


LEAKY_TOOL = """
import os, sys
from decimal import Decimal
class LibraryError(Exception): pass
class Row(dict): pass
def connect(url, password):
    local = password + "-in-a-local"
    try:
        {}[password]
    except KeyError as error:
        try:
            error.add_note("note " + password)
        except AttributeError:
            pass
        raise LibraryError(f"could not connect to {url} with {password!r} today") from error
def main():
    connect(sys.argv[2], os.environ["DATABASE_PASSWORD"])
"""


def test_no_planted_secret_leaves(shell: Shell, kent: Kent, install: Any, tmp_path: Path) -> None:
    """Arguments, locals, environment, messages, notes, paths, host and user stay here."""
    plugin = (
        "from telemetry_hook import *\nfrom telemetry_hook import hookimpl\nimport os\n"
        "@hookimpl\ndef telemetry_tool():\n"
        "    return Tool(name='leaky', publisher='A', purpose='to see',"
        " receiver=SentryReceiver(os.environ['DSN']), attributes=(Flag('has.things', 'Whether'),))\n"
        "@hookimpl\ndef telemetry_attributes(crash):\n"
        "    return {'has.things': True, 'undeclared': os.environ['DATABASE_PASSWORD']}\n"
    )
    install(make_tool(tmp_path, "leaky", LEAKY_TOOL, plugin=plugin))
    secrets = {
        "password": "hunter2-s3cret",
        "url": "postgresql://admin@db.internal.example/orders",
        "token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    }
    terminal = shell.terminal(
        "leaky",
        "--connect",
        secrets["url"],
        secrets["token"],
        DATABASE_PASSWORD=secrets["password"],
        API_TOKEN=secrets["token"],
        DSN=kent.dsn,
        USER="johanna-doe",
    )
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    terminal.end()
    [event] = kent.events()
    text = json.dumps(event)
    assert "could not connect to <\\u2026> with <\\u2026> today" in text
    planted = [
        *secrets.values(),
        *("hunter2", "orders", "db.internal", "johanna-doe", "ghp_", "undeclared", 'in-a-local"'),
        *(str(shell.directory), str(shell.home.directory), str(shell.environment.directory)),
        socket.gethostname(),
    ]
    assert [each for each in planted if each in text] == []
