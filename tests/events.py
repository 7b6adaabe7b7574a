"""What arrives in a tracker, whole: with all that it depends on taken out, and put together anew."""

from __future__ import annotations

import re
from functools import reduce
from operator import getitem
from typing import Any

from conftest import ROOT

from telemetry_hook import __version__

PASSWORD = "hunter2-s3cret"  # noqa: S105 - planted, to be looked for
URL = f"postgresql://admin:{PASSWORD}@db.internal.example/wards"
PATH = f"{type(ROOT).__module__}.{type(ROOT).__qualname__}"  # Python 3.13 moved it
VARIES = "(differs)"
# What depends on the machine, the moment or the release of a dependency, and the form that it has.
VARYING = {
    "event_id": "[0-9a-f]{32}",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z",
    "contexts/device/arch": r"\w+",
    "contexts/os/name": r"\w+",
    "contexts/os/version": r"\d+(\.\d+)*",
    "contexts/packages/click": r"8(\.\d+)+",
    "contexts/report/libc": r"(glibc|musl) \d+\.\d+",
    "contexts/runtime/name": "CPython",
    "contexts/runtime/version": r"3(\.\d+){2}",
    "tags/container": "true|false",
    "tags/python": r"3\.\d+",
    "tags/script": "lift|studio",
}


def settled(event: dict[str, Any]) -> dict[str, Any]:
    """Return what arrived without what varies, once that has the form that it should."""
    body: dict[str, Any] = event["payload"]["body"]
    for path, form in VARYING.items():
        *parents, name = path.split("/")
        holder = reduce(getitem, parents, body)
        if name in holder:
            assert re.fullmatch(form, holder[name]), (path, holder[name])
            holder[name] = VARIES
    packages = body["contexts"]["packages"]
    for name in [name for name in packages if not name.startswith(("acme-", "alembic", "click"))]:
        assert re.fullmatch(r"\d+(\.\w+)*", packages.pop(name)), name  # the tool requires it
    for exception in body["exception"]["values"]:
        for each in exception["stacktrace"]["frames"]:
            name, _, version = each.get("package", "").partition("@")
            if name == "click":
                assert re.fullmatch(VARYING["contexts/packages/click"], version)
                assert each["lineno"] > 0
                each |= {"package": "click", "lineno": VARIES}
            plain(each)
    return body


def plain(frame: dict[str, Any]) -> None:
    """Take out of a frame what the syntax of its statement decides: that has tests of its own."""
    shapes = frame.pop("vars", {})
    extent = shapes.pop("<statement>", "lines 1 to 2")
    assert re.fullmatch(r"lines \d+ to \d+", extent), extent
    expression = shapes.pop("<failed expression>", "")
    assert isinstance(shapes.pop("<not caught by>", []), list)
    assert set(shapes.pop("<operands>", [])) <= shapes.keys()
    for name in [name for name in shapes if not name.isidentifier()]:
        del shapes[name]
    for name, some in (("pre_context", slice(-3, None)), ("post_context", slice(3))):
        if name in frame:
            frame[name] = frame[name][some]
    if "\n" not in expression and extent == "lines 1 to 2":
        assert expression in frame.get("context_line", expression)
    if shapes:
        frame["vars"] = shapes


def frame(release: str, module: str, function: str, line: str, **shapes: str) -> dict[str, Any]:
    """Return a frame of the family's, as the example's source has it."""
    file = f"{module.replace('.', '/')}.py"
    source = (ROOT / "examples" / module.partition(".")[0] / file).read_text("utf-8").splitlines()
    [at] = [number for number, text in enumerate(source) if text.strip() == line]
    return {
        "function": function,
        "in_app": True,
        "module": module,
        "filename": file,
        "lineno": at + 1,
        "package": release,
        "pre_context": source[at - 3 : at],
        "context_line": source[at],
        "post_context": source[at + 1 : at + 4],
        **({"vars": shapes} if shapes else {}),
    }


def of_click(function: str) -> dict[str, Any]:
    """Return a frame of click's, of which place and release may change."""
    where = {"module": "click.core", "filename": "click/core.py", "lineno": VARIES}
    return {"function": function, "in_app": False, **where, "package": "click"}


MECHANISM = {"type": "excepthook", "handled": False, "exception_id": 0}
SDK = {"name": "telemetry-hook", "version": __version__, "settings": {"infer_ip": "never"}}
MACHINE = {
    "device": {"arch": VARIES},
    "os": {"name": VARIES, "version": VARIES},
    "runtime": {"name": VARIES, "version": VARIES},
    "report": {"format": 1, "encoding": "utf-8", "own_excepthook": False, "libc": VARIES},
}
CIRCUMSTANCES = {
    "python": VARIES,
    "installed": "pip",
    "terminal": "true",
    "ci": "false",
    "container": VARIES,
}

# Where Photon's `Bug` is raised.
NO_TABLE = frame(
    *("acme-photon@2.1.0", "photon.query", "Query.join", "raise Bug("),
    name="str",
    relation="photon.relations.Relation",
    self="photon.query.Query",
    source="None",
    table="photon.query.Table",
)
