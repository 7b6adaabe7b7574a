"""The question's words: who asks for what, what is in the report, and its exact bytes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from telemetry_hook import FileReceiver, HttpsReceiver, Tool
from telemetry_hook._ask.question import NEVER, Question, view
from telemetry_hook.receivers import Request

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("bare_name")]

ADDRESS = "https://errors.acme.example/in"


def tool(**more: Any) -> Tool:
    given = {
        "name": "lift",
        "publisher": "Acme Ltd",
        "purpose": "to fix bugs",
        "receiver": HttpsReceiver(ADDRESS),
        **more,
    }
    return Tool(**given)


def report(*, command: object = None, attributes: tuple[object, ...] = ()) -> Any:
    return SimpleNamespace(
        tool=SimpleNamespace(name="acme-lift", version="1.0"),
        packages=(SimpleNamespace(name="acme-photon", version="2.1"),),
        system=SimpleNamespace(name="Linux", release="6.1"),
        python=SimpleNamespace(implementation="CPython", version="3.12.1"),
        command=command,
        attributes=attributes,
    )


def question(body: bytes = b"{}", *, redacted: Any = None, **more: Any) -> Question:
    declared = more.pop("tool", tool())
    return Question(declared, redacted or report(), Request(ADDRESS, body), **more)


def row(asked: Question, title: str) -> str:
    return dict(asked.rows)[title]


def test_it_names_tool_publisher_host_and_purpose() -> None:
    asked = question()
    assert asked.title == "lift has crashed."
    assert asked.sentence == "May it send a report to Acme Ltd (errors.acme.example), to fix bugs?"


def test_a_plugin_of_somebody_else_is_named() -> None:
    sentence = question(plugin="lift-reports").sentence
    assert sentence.startswith("May it send a report (through the plugin lift-reports) to Acme Ltd")


def test_it_says_what_is_in_the_report() -> None:
    command = SimpleNamespace(path=("plan", "up"), options=("--verbose",))
    attributes = (
        SimpleNamespace(name="schema.models", value=12),
        SimpleNamespace(name="schema.has_enums", value=True),
        SimpleNamespace(name="schema.has_views", value=False),
        SimpleNamespace(name="photon.features", value=("raw_sql", "nested_writes")),
    )
    text = row(question(redacted=report(command=command, attributes=attributes)), "In it:")
    assert text.partition("values there; ")[2] == (
        "the command: plan up --verbose; "
        "acme-lift 1.0, acme-photon 2.1, CPython 3.12.1, Linux 6.1; "
        "schema.models 12, schema.has_enums yes, schema.has_views no, "
        "photon.features raw_sql+nested_writes"
    )


def test_it_names_nothing_that_is_not_in_the_report() -> None:
    text = row(question(), "In it:")
    assert text.endswith("values there; acme-lift 1.0, acme-photon 2.1, CPython 3.12.1, Linux 6.1")
    assert row(question(), "Never in it:") == NEVER


@pytest.mark.parametrize(
    ("size", "text"),
    [(2, "2 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (12_345, "12.3 kB")],
)
def test_its_size_is_that_of_the_final_bytes(size: int, text: str) -> None:
    assert row(question(b"x" * size), "Size:") == f'{text}; "view" shows all of it'


def test_more_is_the_privacy_page_or_the_command_that_prints_the_dictionary() -> None:
    assert row(question(), "More:") == "telemetry-hook dictionary lift"
    declared = tool(privacy_url="https://acme.example/telemetry")
    assert row(question(tool=declared), "More:") == "https://acme.example/telemetry"


def test_it_says_why_it_asks_in_spite_of_an_always() -> None:
    assert "Why again:" not in dict(question().rows)
    assert row(question(why="the receiver has changed"), "Why again:") == "the receiver has changed"


def test_view_has_address_hash_headers_and_every_byte() -> None:
    request = Request(ADDRESS, b'{\n  "a": "<\xe2\x80\xa6>"\n}\n', {"content-type": "text/x"})
    asked = Question(tool(), report(), request)
    assert asked.view == (
        f"This is all that a yes would send, {len(request.body)} bytes, to\n"
        f"{ADDRESS}\n"
        f"SHA-256 {request.sha256}\n"
        "content-type: text/x\n"
        "<…> stands for text that is left out.\n"
        "The receiver also sees this machine's IP address.\n"
        "\n"
        '{\n  "a": "<…>"\n}'
    )


def test_a_receiver_on_this_machine_sees_no_address(tmp_path: Any) -> None:
    address = FileReceiver(str(tmp_path)).address
    assert "IP address" not in view(Request(address, b"{}"), "0" * 64)


def test_bytes_that_are_no_text_are_shown_escaped() -> None:
    assert view(Request(ADDRESS, b"\xff"), "0" * 64).endswith("\n\\xff")
