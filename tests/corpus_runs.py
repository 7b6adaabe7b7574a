"""Runs the corpus of failing commands, and judges what came out: leaks, and text that survives."""

from __future__ import annotations

import base64
import difflib
import itertools
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conftest import PLUGIN, Environment, make_tool

CORPUS = Path(__file__).parent / "corpus"
# A tool whose reports leave the machine: nothing is published only because it stays here.
REMOTE = PLUGIN.replace(
    'FileReceiver(os.environ["REPORTS"])', 'HttpsReceiver("https://telemetry.example/reports")'
)
REQUIRES = (
    *("alembic", "attrs", "cattrs", "cerberus", "click", "django", "flask", "fsspec"),
    *("httpx", "itsdangerous", "jinja2", "jmespath", "jsonschema", "lark", "markupsafe"),
    *("marshmallow", "msgpack", "networkx", "packaging", "peewee", "pluggy", "pydantic"),
    *("pyparsing", "python-dateutil", "pyyaml", "requests", "rich", "sqlalchemy", "tomlkit"),
    *("typer", "urllib3", "voluptuous", "werkzeug", "tzdata", "exceptiongroup"),
)
MODULES = (
    *("own", "interpreter", "stdlib_argparse", "stdlib_text", "stdlib_data", "stdlib_files"),
    *("stdlib_net", "stdlib_code", "stdlib_run", "packages_web", "packages_data"),
    *("packages_models", "packages_text", "packages_tools", "attacks", "choices"),
)
HELD_OUT = (
    *("botocore", "redis", "starlette", "dnspython", "openpyxl", "pypdf", "pillow", "numpy"),
    *("paramiko", "arrow", "configobj", "setuptools<81"),
)
JUDGES = ("detect-secrets", "sentry-sdk")
FORMATTED = ("formatted one", "formatted two")
# The formatted ones are in no file of the corpus: what is in it is published. Where only two sets are
# tried on a case, they are the first and the fourth, the second and the fifth, or the third and sixth.
SETS: dict[str, dict[str, str | int]] = {
    "formatted one": {
        "user": "mkowalczyk",
        "password": "hunter2_S3cret!Zx",
        "host": "db17.intern.kowalczyk.example",
        "table": "payroll_2031",
        "column": "ssn_last4",
        "schema": "acme_merger",
        "database": "hr_core_eu",
        "word": "Zephyrine",
        "attribute": "quetzalcoatl",
        "path": "/home/mkowalczyk/clients/merger/q3_bonus.xlsx",
        "number": 48151623,
        "email": "maria.kowalczyk@kowalczyk.example",
        "url": "postgres://mkowalczyk:hunter2_S3cret@db17.intern.kowalczyk.example:5433/hr_core_eu",
        "key": "AKIAIOSFODNN7EXAMPLE",
        "token": "ghp_Ab12Cd34Ef56Gh78Ij90Kl12Mn34Op56Qr78",
        "text": "Dear Ms Kowalczyk, your leukemia is confirmed",
        "count": 3,
    },
    "formatted two": {
        "user": "tnguyen88",
        "password": "Tr0ub4dor+3_Correct",
        "host": "vault-02.corp.nguyen.example",
        "table": "offshore_accounts",
        "column": "iban_checksum",
        "schema": "blackbird",
        "database": "ledger_prod7",
        "word": "Brontosaur",
        "attribute": "xylophonist",
        "path": "/home/tnguyen88/divorce/settlement_v4.docx",
        "number": 31337042,
        "email": "thi.nguyen@corp.nguyen.example",
        "url": "postgres://tnguyen88:Tr0ub4dor3@vault-02.corp.nguyen.example:6543/ledger_prod7",
        "key": "xoxb-EXAMPLE-TOKEN-0-91f6c2aa",
        "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0bmd1eWVuIn0.Xk2v9LmQ4rT7",
        "text": "Please wire 40k to Zurich before Friday noon",
        "count": 7,
    },
    "everyday one": {
        "user": "admin",
        "password": "password",
        "host": "localhost",
        "table": "orders",
        "column": "name",
        "schema": "public",
        "database": "main",
        "word": "production",
        "attribute": "owner",
        "path": "/home/admin/orders.csv",
        "number": 8080,
        "email": "admin@localhost.example",
        "url": "postgres://admin:password@localhost:5432/orders",
        "key": "default",
        "token": "token",
        "text": "the name of the user is not valid",
        "count": 4,
    },
    # These are names and texts of the corpus, of Python and of its learned messages.
    "published one": {
        "user": "ConfigError",
        "password": "must be a str",
        "host": "packages.example",
        "table": "NotFound",
        "column": "MissingTable",
        "schema": "corpus",
        "database": "planting",
        "word": "ValueError",
        "attribute": "Unpaid",
        "path": "/home/ConfigError/planting.py",
        "number": 3,
        "email": "ValueError@packages.example",
        "url": "postgres://ConfigError:must@packages.example:5432/planting",
        "key": "list index out of range",
        "token": "KeyError",
        "text": "must be int",
        "count": 2,
    },
    "published two": {
        "user": "administrator",
        "password": "there is no row called main in this project",
        "host": "localhost.corpus.example",
        "table": "Refused",
        "column": "template",
        "schema": "interpreter",
        "database": "attacks",
        "word": "ToolError",
        "attribute": "Rejected",
        "path": "/home/administrator/there/is/no/interpreter.py",
        "number": 7,
        "email": "administrator@localhost.corpus.example",
        "url": "postgres://administrator:missing@localhost.corpus.example:5432/interpreter",
        "key": "the configuration in here has no entry of mine, which is needed",
        "token": "invalid-literal-for-int",
        "text": "the table of the yearly orders is missing, the ledger cannot go on without it",
        "count": 8,
    },
    "everyday two": {
        "user": "guest",
        "password": "secret",
        "host": "server",
        "table": "users",
        "column": "ident",
        "schema": "data",
        "database": "store",
        "word": "error",
        "attribute": "status",
        "path": "/home/guest/users.txt",
        "number": 3000,
        "email": "guest@server.example",
        "url": "postgres://guest:secret@server:5432/users",
        "key": "message",
        "token": "test",
        "text": "there is no such file or directory here",
        "count": 9,
    },
}

Line = dict[str, Any]
Runs = dict[str, dict[str, Line]]
MISSING = object()
PARTS = 2
SHORTEST = 4
SHORTEST_HALF = 6
SHORTEST_MATCH = 3
HOLE = re.compile(r"<(…|\w+)>")  # what stands for a value in a message: unknown, or its kind


def make_corpus(directory: Path, requires: Sequence[str]) -> Path:
    """Write the wheel of the tool that fails in all these ways. It requires some packages."""
    files = {f"corpus/{each.name}": each.read_text("utf-8") for each in CORPUS.glob("*.py")}
    return make_tool(
        directory,
        "corpus",
        "def main(): ...\n",
        plugin=REMOTE,
        files=files,
        requires=tuple(requires),
    )


def prepare(
    environment: Environment, wheel: Path, directory: Path, requires: Sequence[str] = REQUIRES
) -> None:
    """Install the project, the corpus and the packages that it requires, and the judges."""
    environment.pip("install", wheel, make_corpus(directory, requires), *JUDGES)


def run(
    environment: Environment,
    directory: Path,
    look: str = "ours",
    *,
    fewer: Sequence[str] = (),
    names: Sequence[str] = (),
    modules: Sequence[str] = MODULES,
) -> tuple[Runs, dict[str, str]]:
    """Run the cases, in two processes; return lines by case and set, and why some were skipped."""
    home = directory / "home"
    home.mkdir(exist_ok=True)
    outs, processes = [], []
    for part in range(PARTS):
        plan, out = directory / f"{look}-{part}.json", directory / f"{look}-{part}.jsonl"
        planned = {"look": look, "part": part, "parts": PARTS, "names": names, "fewer": fewer}
        planned["modules"] = modules
        plan.write_text(json.dumps({"sets": SETS, **planned}), "utf-8")
        outs.append(out)
        processes.append(
            subprocess.Popen(
                # Other tests wait three seconds for a question meanwhile.
                ["nice", environment.python, "-X", "utf8", "-m", "corpus", plan, out],
                cwd=home,
                stdin=subprocess.DEVNULL,
                env={
                    "HOME": str(home),
                    "PATH": "/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "REPORTS": str(directory / "reports"),
                },
            )
        )
    for process in processes:
        assert process.wait(timeout=1200) == 0
    return read(outs)


def read(outs: Sequence[Path]) -> tuple[Runs, dict[str, str]]:
    """Read what the runners wrote."""
    runs: Runs = defaultdict(dict)
    skipped = {}
    for text in itertools.chain.from_iterable(out.read_text("utf-8").splitlines() for out in outs):
        line = json.loads(text)
        if "skipped" in line:
            skipped[line["case"]] = f"{line['skipped']} ({line.get('set')})"
        else:
            runs[line["case"]][line["set"]] = line
    return {case: lines for case, lines in runs.items() if case not in skipped}, skipped


def leaks(lines: dict[str, Line]) -> Iterator[str]:
    """Tell which secrets of a set its report holds, unless all sets' reports hold that text."""
    texts = {
        name: json.dumps(line.get("report"), ensure_ascii=False).lower()
        for name, line in lines.items()
    }
    for name, text in texts.items():
        for field, value in SETS[name].items():
            for form, needle in forms(str(value)):
                if needle.lower() in text and any(
                    needle.lower() not in other for other in texts.values()
                ):
                    yield f"{name}: the {field} {form}: {excerpt(text, needle.lower())}"
                    break


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """Yield the forms in which a secret might come out; letters' case does not matter."""
    if len(secret) < SHORTEST:
        return
    yield "as it is", secret
    yield "reversed", secret[::-1]
    yield "in hex", secret.encode().hex()
    yield "quoted", quote(secret, safe="")
    yield "as base64", base64.b64encode(secret.encode()).decode().rstrip("=")
    half = len(secret) // 2
    if half >= SHORTEST_HALF:
        yield "in part", secret[:half]
        yield "in part", secret[-half:]


def excerpt(text: str, needle: str) -> str:
    """Return a needle with what is around it."""
    at = text.index(needle)
    return f"…{text[max(0, at - 60) : at + len(needle) + 40]}…"


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Tell where two reports differ: the path in the JSON, and both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            below = f"{path}.{name}" if path else name
            yield from differences(one.get(name, MISSING), other.get(name, MISSING), below)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    elif one != other:
        yield f"{path}: {shown(one)} != {shown(other)}"


def different(lines: dict[str, Line]) -> Iterator[str]:
    """Tell where the sets' reports of one case differ from the first set's."""
    first = next(iter(lines.values())).get("report")
    for name, line in lines.items():
        for difference in differences(first, line.get("report")):
            yield f"{name}: {difference}"


def shown(value: Any) -> str:
    """Return a value on one line."""
    return "(missing)" if value is MISSING else json.dumps(value, ensure_ascii=False)[:200]


def own_text(line: Line) -> str:
    """Return a message without the set's values, and without what is new at each run."""
    message: str = line["message"] or ""
    values = sorted({str(each) for each in SETS[line["set"]].values()}, key=len, reverse=True)
    values = [value for value in values if len(value) >= SHORTEST]
    for value in (re.escape(line["place"]), *map(re.escape, values)):
        message = re.sub(value, "\0", message)
    message = re.sub(r"0x[0-9a-fA-F]{4,}|\b\d+(\.\d+)*\b", "\0", message)
    return re.sub(r"\s+", " ", message).strip(" \0'\"")


def kept(line: Line) -> float | None:
    """Return the share of a message's own text that stands in what is sent; None for no text."""
    own, sent = own_text(line), HOLE.sub("\1", re.sub(r"\s+", " ", line.get("text") or ""))
    if not own.strip("\0 "):
        return None
    matcher = difflib.SequenceMatcher(None, own, sent, autojunk=False)
    found = [each for each in matcher.get_matching_blocks() if each.size >= SHORTEST_MATCH]
    survived = sum(len(own[each.a : each.a + each.size].replace("\0", "")) for each in found)
    return survived / len(own.replace("\0", ""))


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
