"""The rules by which `nox -s bugs` recognises facts: what each account must show, and must not."""

from __future__ import annotations

import pytest
from bugs.accounts import Accounts
from bugs.facts import (
    Command,
    Encoding,
    Error,
    Fact,
    Kind,
    Line,
    Name,
    Option,
    Place,
    Python,
    Release,
    Script,
    Words,
)

LOAD = Place("lift.plans", "load")
STACK = """\
Traceback (most recent call last):
  File "/home/ada/venv/bin/lift", line 8, in <module>
    sys.exit(main())
  File "/home/ada/venv/lib/python3.12/site-packages/lift/plans.py", line 3, in load
    return plan["box"].lid
           ^^^^^^^^^^^^^^^
AttributeError: 'NoneType' object has no attribute 'lid'
"""
REPORT = {
    "tool": {"name": "lift", "version": "1.0"},
    "packages": [{"name": "Yaml_Parts", "version": "2.0"}],
    "python": {"version": "3.12.1"},
    "circumstances": {"encoding": "ascii"},
    "command": {"script": "lift", "path": ["up"], "options": ["--json"]},
    "exceptions": [
        {
            "type": "AttributeError",
            "message": "'NoneType' object has no attribute 'lid'",
            "frames": [
                {
                    "function": "Plans.load",
                    "module": "lift.plans",
                    "source": {"before": [], "line": '    return plan["box"].lid', "after": []},
                    "variables": {"plan": "dict(1+)", 'plan["box"]': "None"},
                }
            ],
        }
    ],
}
EVENT = {
    "modules": {"lift": "1.0", "yaml.parts": "2.0"},
    "contexts": {"runtime": {"version": "3.12.1"}},
    "extra": {"sys.argv": ["/home/ada/venv/bin/lift", "up", "--json=all"]},
    "exception": {
        "values": [
            {
                "type": "AttributeError",
                "value": "'NoneType' object has no attribute 'lid'",
                "stacktrace": {
                    "frames": [
                        {
                            "function": "load",
                            "module": "lift.plans",
                            "context_line": '    return plan["box"].lid',
                            "vars": {"plan": {"box": "None"}},
                        }
                    ]
                },
            }
        ]
    },
}
ACCOUNTS = Accounts(REPORT, EVENT, STACK)
NOTHING = Accounts({}, {}, "")
# Each fact, and whether the report, the event and the stack have it.
FACTS: list[tuple[Fact, tuple[bool, bool, bool]]] = [
    (LOAD, (True, True, True)),
    (Place("lift.plans", "save"), (False, False, False)),
    (Place("plans.load", "load"), (False, False, False)),
    (Line('return plan["box"].lid'), (True, True, True)),
    (Line("AttributeError"), (False, False, False)),
    (Error("AttributeError"), (True, True, True)),
    (Error("Error"), (False, False, False)),
    (Words("object has no attribute"), (True, True, True)),
    (Words("plan"), (False, False, True)),  # the stack is one text
    (Name("box"), (True, True, True)),
    (Kind(LOAD, 'plan["box"]', "None", shown="'box': 'None'"), (True, True, False)),
    (Kind(LOAD, "plan", "list", shown=r"^\["), (False, False, False)),
    (Kind(LOAD, "box", "None", shown="x", said="'NoneType' object"), (True, True, True)),
    (Kind(Place("lift", "main"), "plan", "dict", shown=r"\{"), (False, False, False)),
    (Release("lift", "1.0"), (True, True, False)),
    (Release("yaml-parts", "2.0"), (True, True, False)),
    (Release("yaml-parts", "3.0"), (False, False, False)),
    (Python("3.12"), (True, True, True)),
    (Python("3.1"), (False, False, False)),
    (Script("lift"), (True, True, True)),
    (Script("ift"), (False, False, False)),
    (Command("up"), (True, True, False)),
    (Option(("-j", "--json")), (True, True, False)),
    (Option(("--js",)), (False, False, False)),
    (Encoding(("ascii",), said="'ascii' codec"), (True, False, False)),
]


@pytest.mark.parametrize(("fact", "expected"), FACTS)
def test_fact(fact: Fact, expected: tuple[bool, bool, bool]) -> None:
    found = (fact.in_report(ACCOUNTS), fact.in_event(ACCOUNTS), fact.in_stack(ACCOUNTS))
    assert found == expected


@pytest.mark.parametrize("fact", [fact for fact, _ in FACTS])
def test_empty_accounts_have_no_fact(fact: Fact) -> None:
    assert not fact.in_report(NOTHING)
    assert not fact.in_event(NOTHING)
    assert not fact.in_stack(NOTHING)


def test_a_workers_stack_in_a_message() -> None:
    """What a worker process sends is text. An event has it as the message of the cause."""
    event = {"exception": {"values": [{"type": "RemoteTraceback", "value": f'"""\n{STACK}"""'}]}}
    accounts = Accounts({}, event, STACK)
    assert LOAD.in_event(accounts)
    assert Error("AttributeError").in_event(accounts)
    assert Line('return plan["box"].lid').in_event(accounts)
    assert not Place("lift.plans", "main").in_event(accounts)


def test_a_package_is_its_init_file() -> None:
    stack = '  File "/site-packages/lift/__init__.py", line 3, in main\n'
    assert Place("lift", "main").in_stack(Accounts({}, {}, stack))
    assert not Place("lif", "main").in_stack(Accounts({}, {}, stack))
