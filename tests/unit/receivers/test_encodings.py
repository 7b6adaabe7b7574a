"""What each receiver makes of a report: address, headers, body, and nothing that is not in it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from telemetry_hook import FileReceiver, HttpsReceiver, OtlpReceiver, SentryReceiver, __version__
from telemetry_hook._errors import DeclarationError
from telemetry_hook._report import (
    Circumstances,
    Command,
    Detail,
    PublicText,
    Python,
    RedactedAttribute,
    RedactedException,
    RedactedFrame,
    RedactedReport,
    Release,
    SourceLines,
    System,
    Variable,
)
from telemetry_hook.receivers import Receiver, Request, encode, is_local
from telemetry_hook.receivers._base import beyond, is_loopback

pytestmark = pytest.mark.once

AGENT = f"telemetry-hook/{__version__}"
ID = "0123456789abcdef" * 2


def text(value: str) -> PublicText:
    """Forge a public text: a receiver does not ask where one is from."""
    return str.__new__(PublicText, value)


LIFT = Release(text("lift"), text("1.2"))
SOURCE = SourceLines((text("def up():"),), text("    raise Stuck(floor)"), (text(""),))
FRAME = RedactedFrame(
    function=text("up"),
    module=text("lift.motor"),
    file=text("lift/motor.py"),
    line=7,
    release=LIFT,
    in_app=True,
    source=SOURCE,
    variables=(Variable(text("floor"), text("int")),),
    operands=(text("floor"),),
)
STUCK = RedactedException(
    type=text("Stuck"),
    module=text("lift.errors"),
    message=text("stuck at <…>"),
    details=(Detail(text("errno"), text("ENOENT")), Detail(text("status"), 404)),
    frames=(RedactedFrame(text("<user code>")), FRAME),
    parent=None,
    relation=None,
)
CAUSE = RedactedException(
    text("KeyError"), None, text("<…>"), (), (), parent=0, relation=text("cause")
)
REPORT = RedactedReport(
    format=1,
    id=text(ID),
    time=text("2026-01-02T03:04Z"),
    tool=LIFT,
    packages=(Release(text("rope"), text("3.0")),),
    phase=text("preview"),
    mechanism=text("excepthook"),
    python=Python(text("CPython"), text("3.12.1")),
    system=System(text("Linux"), text("6.1"), text("x86_64"), text("glibc 2.36")),
    circumstances=Circumstances(
        text("pipx"), text("utf-8"), terminal=True, ci=False, container=True
    ),
    command=Command(text("acme"), (text("db"), text("up")), (text("--fast"), text("--dry"))),
    attributes=(
        RedactedAttribute(text("floors"), 12),
        RedactedAttribute(text("is.new"), value=False),
        RedactedAttribute(text("doors"), (text("left"), text("right"))),
    ),
    exceptions=(STUCK, CAUSE),
    fingerprint=text("f" * 16),
)
BARE = REPORT._replace(
    packages=(),
    command=None,
    attributes=(),
    system=System(text("Linux"), None, text("x86_64"), None),
    exceptions=(STUCK._replace(details=(), frames=(), module=None),),
)
URL = "https://errors.acme.example/reports"


def test_a_file() -> None:
    """The report's JSON, in a file named by its id."""
    request = FileReceiver("/var/spool/lift").encode(REPORT)
    assert request.url == f"file:///var/spool/lift/{ID}.json"
    assert (request.headers, request.deletion) == ({}, None)
    assert request.body.endswith(b"}\n")
    assert json.loads(request.body) == REPORT.as_json()


@pytest.mark.parametrize("deletes", [False, True])
def test_an_https_endpoint(*, deletes: bool) -> None:
    """The report's JSON under an idempotency key; it is deleted at its own URL, if at all."""
    request = HttpsReceiver(URL, deletes=deletes).encode(REPORT)
    assert request.url == URL
    assert request.headers == {
        "Content-Type": "application/json",
        "Idempotency-Key": ID,
        "User-Agent": AGENT,
    }
    assert request.deletion == (f"{URL}/{ID}" if deletes else None)
    assert json.loads(request.body) == REPORT.as_json()


SENTRY = SentryReceiver("https://key@errors.acme.example:8443/some/path/7")


def event(report: RedactedReport) -> Any:
    """Return the event that Sentry gets."""
    request = SENTRY.encode(report)
    head, item, body = request.body.split(b"\n", 2)
    assert json.loads(head) == {"event_id": ID}
    assert body.endswith(b"}\n")
    length = len(body) - 1
    assert json.loads(item) == {
        "type": "event",
        "length": length,
        "content_type": "application/json",
    }
    return json.loads(body[:length])


def test_an_envelope_for_sentry() -> None:
    """The key is in a header, not in the URL."""
    request = SENTRY.encode(REPORT)
    assert request.url == "https://errors.acme.example:8443/some/path/api/7/envelope/"
    assert request.deletion is None
    assert request.headers == {
        "Content-Type": "application/x-sentry-envelope",
        "User-Agent": AGENT,
        "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client={AGENT}, sentry_key=key",
    }


def test_an_event_for_sentry() -> None:
    """Each fact in the field that trackers show it in."""
    found = event(REPORT)
    values = found.pop("exception")["values"]
    assert found == {
        "event_id": ID,
        "timestamp": "2026-01-02T03:04Z",
        "platform": "python",
        "level": "fatal",
        "release": "lift@1.2",
        "environment": "preview",
        "fingerprint": ["f" * 16],
        "transaction": "lift.motor in up",
        "tags": {
            "python": "3.12",
            "installed": "pipx",
            "terminal": "true",
            "ci": "false",
            "container": "true",
            "script": "acme",
            "command": "db up",
            "options": "--fast,--dry",
            "floors": "12",
            "is.new": "false",
            "doors": "left,right",
        },
        "contexts": {
            "os": {"name": "Linux", "version": "6.1"},
            "device": {"arch": "x86_64"},
            "runtime": {"name": "CPython", "version": "3.12.1"},
            "packages": {"rope": "3.0"},
            "report": {
                "format": 1,
                "encoding": "utf-8",
                "own_excepthook": False,
                "libc": "glibc 2.36",
            },
            "details": {"errno": "ENOENT", "status": 404},
        },
        "sdk": {
            "name": "telemetry-hook",
            "version": __version__,
            "settings": {"infer_ip": "never"},
        },
    }
    assert [value["type"] for value in values] == ["KeyError", "Stuck"]


def test_exceptions_for_sentry() -> None:
    """Causes first; the exception that ended the program is the last, with the number 0."""
    cause, stuck = event(REPORT)["exception"]["values"]
    assert cause == {
        "type": "KeyError",
        "value": "<…>",
        "mechanism": {
            "type": "chained",
            "handled": False,
            "exception_id": 1,
            "parent_id": 0,
            "source": "__cause__",
        },
    }
    assert stuck == {
        "type": "Stuck",
        "module": "lift.errors",
        "value": "stuck at <…>",
        "mechanism": {
            "type": "excepthook",
            "handled": False,
            "exception_id": 0,
        },
        "stacktrace": {
            "frames": [
                {"function": "<user code>", "in_app": False},
                {
                    "function": "up",
                    "in_app": True,
                    "module": "lift.motor",
                    "filename": "lift/motor.py",
                    "lineno": 7,
                    "package": "lift@1.2",
                    "pre_context": ["def up():"],
                    "context_line": "    raise Stuck(floor)",
                    "post_context": [""],
                    "vars": {"floor": "int", "<operands>": ["floor"]},
                },
            ]
        },
    }


def test_other_crashes_for_sentry() -> None:
    """They come before the chain of the crash, and belong to nothing."""
    other = STUCK._replace(relation=text("other"), parent=0, details=(), frames=())
    below = CAUSE._replace(parent=2)
    report = REPORT._replace(exceptions=(STUCK, CAUSE, other, below))
    _, first, _, last = event(report)["exception"]["values"]
    assert first["mechanism"] == {"type": "other", "handled": False, "exception_id": 2}
    assert last["mechanism"]["type"] == "excepthook"


def test_frames_known_by_text_for_sentry() -> None:
    stuck = STUCK._replace(frames=(FRAME._replace(known_by=text("text")),))
    [value] = event(REPORT._replace(exceptions=(stuck,)))["exception"]["values"]
    assert value["stacktrace"]["frames"][0]["known_by"] == "text"


def test_what_sentry_has_no_field_for_is_with_the_variables() -> None:
    """Only a statement of several lines has an extent. Dependencies have a line alone."""
    source = SOURCE._replace(first=6, last=9, expression=text("floor.name"))
    frame = FRAME._replace(source=source, variables=(), passed=(text("except OSError:"),))
    foreign = FRAME._replace(
        in_app=False,
        source=SourceLines((), text("    raise"), ()),
        variables=(),
        operands=(),
    )
    [value] = event(REPORT._replace(exceptions=(STUCK._replace(frames=(frame, foreign)),)))[
        "exception"
    ]["values"]
    own, other = value["stacktrace"]["frames"]
    assert own["vars"] == {
        "<statement>": "lines 6 to 9",
        "<failed expression>": "floor.name",
        "<operands>": ["floor"],
        "<not caught by>": ["except OSError:"],
    }
    assert other["context_line"] == "    raise"
    assert other["in_app"] is False
    assert {"vars", "pre_context", "post_context"}.isdisjoint(other)


def test_the_culprit_for_sentry_is_the_tools_innermost_function() -> None:
    """It is never one of a dependency, and it may be in a cause."""
    foreign = FRAME._replace(in_app=False, function=text("invoke"))
    inner = STUCK._replace(frames=(FRAME, foreign))
    outer = STUCK._replace(frames=(foreign,))
    assert event(REPORT._replace(exceptions=(inner,)))["transaction"] == "lift.motor in up"
    both = (outer, inner._replace(parent=0, relation=text("cause")))
    assert event(REPORT._replace(exceptions=both))["transaction"] == "lift.motor in up"
    assert "transaction" not in event(REPORT._replace(exceptions=(outer,)))


def test_details_of_causes_for_sentry() -> None:
    cause = CAUSE._replace(details=(Detail(text("errno"), text("EPERM")),))
    found = event(REPORT._replace(exceptions=(STUCK, cause)))["contexts"]["details"]
    assert found == {"errno": "ENOENT", "status": 404, "KeyError (1): errno": "EPERM"}


def test_groups_for_sentry() -> None:
    """An exception with members is marked as a group; one with a cause is not."""
    member = CAUSE._replace(relation=text("member"))
    values = event(REPORT._replace(exceptions=(STUCK, member, CAUSE)))["exception"]["values"]
    marks = [value["mechanism"].get("is_exception_group") for value in values]
    assert marks == [None, None, True]


def test_a_bare_event_for_sentry() -> None:
    """What is not known is left out."""
    found = event(BARE)
    assert "transaction" not in found
    assert found["tags"].keys() == {"python", "installed", "terminal", "ci", "container"}
    assert found["contexts"]["os"] == {"name": "Linux"}
    assert "libc" not in found["contexts"]["report"]
    assert found["contexts"].keys() == {"os", "device", "runtime", "packages", "report"}
    [value] = found["exception"]["values"]
    assert value.keys() == {"type", "value", "mechanism"}
    assert value["mechanism"].keys() == {"type", "handled", "exception_id"}
    no_command = event(BARE._replace(command=Command(None, (), ())))
    assert "transaction" not in no_command
    assert {"script", "command", "options"}.isdisjoint(no_command["tags"])
    unknown = event(BARE._replace(command=Command(text("acme"), None, None)))
    assert unknown["tags"]["script"] == "acme"
    assert {"command", "options"}.isdisjoint(unknown["tags"])


def test_bounds_of_events_for_sentry() -> None:
    """Trackers take fifty frames, here the innermost. A tag has two hundred characters at most."""
    frames = tuple(FRAME._replace(line=line) for line in range(60))
    options = tuple(text(f"--option-{number}") for number in range(40))
    found = event(
        REPORT._replace(
            command=Command(None, (), options),
            exceptions=(STUCK._replace(frames=frames),),
        )
    )
    [value] = found["exception"]["values"]
    lines = [frame["lineno"] for frame in value["stacktrace"]["frames"]]
    assert lines == list(range(10, 60))
    assert "options" not in found["tags"]
    assert found["contexts"]["attributes"] == {"options": ",".join(options)}


def otlp(report: RedactedReport) -> tuple[dict[str, Any], Any]:
    """Return the resource's attributes of a log record, and the record."""
    body = json.loads(OtlpReceiver(URL).encode(report).body)
    [resource] = body["resourceLogs"]
    [scope] = resource["scopeLogs"]
    assert scope["scope"] == {"name": "telemetry_hook", "version": __version__}
    [record] = scope["logRecords"]
    return pairs(resource["resource"]["attributes"]), record


def pairs(attributes: list[Any]) -> dict[str, Any]:
    """Return OTLP's attributes as names and typed values."""
    return {attribute["key"]: attribute["value"] for attribute in attributes}


def test_a_request_for_opentelemetry() -> None:
    """JSON, to the log endpoint."""
    request = OtlpReceiver(URL).encode(REPORT)
    assert (request.url, request.deletion) == (URL, None)
    assert request.headers == {"Content-Type": "application/json", "User-Agent": AGENT}
    assert request.body.endswith(b"}\n")


def test_a_record_for_opentelemetry() -> None:
    """The names are those of OpenTelemetry's conventions, where it has one."""
    resource, record = otlp(REPORT)
    assert resource == {
        "service.name": {"stringValue": "lift"},
        "service.version": {"stringValue": "1.2"},
        "deployment.environment.name": {"stringValue": "preview"},
        "os.name": {"stringValue": "Linux"},
        "os.version": {"stringValue": "6.1"},
        "host.arch": {"stringValue": "x86_64"},
        "process.runtime.name": {"stringValue": "CPython"},
        "process.runtime.version": {"stringValue": "3.12.1"},
    }
    attributes = pairs(record.pop("attributes"))
    assert record == {
        "timeUnixNano": "1767323040000000000",
        "severityNumber": 21,
        "severityText": "FATAL",
        "eventName": "exception",
        "body": {"stringValue": "lift.errors.Stuck: stuck at <…>"},
    }
    stack = attributes.pop("exception.stacktrace")["stringValue"]
    own = "telemetry_hook"
    assert attributes == {
        "exception.type": {"stringValue": "lift.errors.Stuck"},
        "exception.message": {"stringValue": "stuck at <…>"},
        f"{own}.report.id": {"stringValue": ID},
        f"{own}.fingerprint": {"stringValue": "f" * 16},
        f"{own}.installed": {"stringValue": "pipx"},
        f"{own}.encoding": {"stringValue": "utf-8"},
        f"{own}.terminal": {"boolValue": True},
        f"{own}.ci": {"boolValue": False},
        f"{own}.container": {"boolValue": True},
        f"{own}.own_excepthook": {"boolValue": False},
        f"{own}.packages": {"arrayValue": {"values": [{"stringValue": "rope@3.0"}]}},
        f"{own}.script": {"stringValue": "acme"},
        f"{own}.command": {"stringValue": "db up"},
        f"{own}.options": {
            "arrayValue": {"values": [{"stringValue": "--fast"}, {"stringValue": "--dry"}]}
        },
        f"{own}.errno": {"stringValue": "ENOENT"},
        f"{own}.status": {"intValue": "404"},
        "floors": {"intValue": "12"},
        "is.new": {"boolValue": False},
        "doors": {"arrayValue": {"values": [{"stringValue": "left"}, {"stringValue": "right"}]}},
    }
    assert stack.splitlines() == [
        "KeyError: <…>",
        "",
        "The above exception was the direct cause of the following exception:",
        "",
        "Traceback (most recent call last):",
        "  <user code>",
        '  File "lift/motor.py", line 7, in up',
        "    raise Stuck(floor)",
        "    # worked on floor: int",
        "lift.errors.Stuck: stuck at <…>",
        "  errno: ENOENT",
        "  status: 404",
    ]


def test_a_bare_record_for_opentelemetry() -> None:
    """What is not known is left out."""
    resource, record = otlp(BARE)
    assert "os.version" not in resource
    attributes = pairs(record["attributes"])
    assert {"telemetry_hook.command", "telemetry_hook.options"}.isdisjoint(attributes)
    assert attributes["exception.type"] == {"stringValue": "Stuck"}
    assert attributes["telemetry_hook.packages"] == {"arrayValue": {"values": []}}


def test_the_hash_of_a_request_is_its_bodys() -> None:
    """It is what `sha256sum` prints."""
    assert Request(URL, b"body").sha256 == hashlib.sha256(b"body").hexdigest()


class Elsewhere:
    """A receiver that somebody else has written."""

    address = URL

    def __init__(self, url: str, deletion: str | None = None) -> None:
        self.request = Request(url, b"body", {}, deletion)

    def encode(self, _: RedactedReport) -> Request:
        """Return the request that it was made with."""
        return self.request


@pytest.mark.parametrize(
    ("url", "deletion", "is_refused"),
    [
        (URL, None, False),
        (f"{URL}?a=1", f"{URL}/1?a=1", False),
        (f"{URL}/../evil", None, True),
        (f"{URL}/%2E%2e/evil", None, True),
        (f"{URL}/.", None, True),
        (f"{URL}#top", None, True),
        (URL.replace("https", "http"), None, True),
        (URL.replace("errors", "jane@errors"), None, True),
        (URL.replace(".example", ".example:8443"), None, True),
        ("https://[::1/", None, True),
        (f"{URL}/1", f"{URL}/1/delete", False),
        (f"{URL}.evil.example/", None, True),
        ("https://other.example/", None, True),
        (URL, "https://other.example/", True),
        (URL, f"{URL}2", True),
    ],
)
def test_a_receiver_sends_to_its_own_address(
    url: str, deletion: str | None, *, is_refused: bool
) -> None:
    """The user agreed to that address alone."""
    receiver: Receiver = Elsewhere(url, deletion)
    assert (beyond(url, URL) is None or beyond(deletion or URL, URL) is None) is is_refused
    if is_refused:
        with pytest.raises(DeclarationError, match=f"not to {URL}"):
            encode(receiver, REPORT)
    else:
        assert encode(receiver, REPORT).body == b"body"


@pytest.mark.parametrize(
    ("url", "address", "expected"),
    [
        *((URL, URL, ""), (f"{URL}/1", URL, "/1"), (f"{URL}/1?b=2", URL, "/1?b=2")),
        *((f"{URL}/", URL, "/"), (URL, f"{URL}/", None), (f"{URL}/1", f"{URL}/", "/1")),
        *((f"{URL}/1?a=1", f"{URL}?a=1", "/1"), (f"{URL}/1", f"{URL}?a=1", None)),
        *((f"{URL}/1?a=2", f"{URL}?a=1", None), (f"{URL}?a=1/1", f"{URL}?a=1", None)),
        *(("https://a.example/1", "https://a.example", "/1"), ("file:///a/1", "file:///a", "/1")),
        *(("file:///a/../b/1.json", "file:///a/../b", "/1.json"), ("file:///a", "file:///b", None)),
        ("file://evil/a/1", "file:///a", None),
    ],
)
def test_what_is_at_or_below_an_address(url: str, address: str, expected: str | None) -> None:
    """Scheme, server and query are the same, and the path begins with the address's."""
    assert beyond(url, address) == expected


def test_names_of_acceptance() -> None:
    """The sender knows these alone."""
    kinds = (HttpsReceiver(URL), OtlpReceiver(URL), SENTRY, FileReceiver("/tmp/a"))  # noqa: S108
    names = [encode(receiver, REPORT).acceptance for receiver in kinds]
    assert names == ["not html", "otlp", "sentry", "any"]
    receiver = Elsewhere(URL)
    assert receiver.request.acceptance == "any"
    receiver.request = Request(URL, b"", acceptance="json")  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match="acceptance is 'json'; use one of any, not html"):
        encode(receiver, REPORT)


@pytest.mark.parametrize("kind", [HttpsReceiver, OtlpReceiver])
@pytest.mark.parametrize(
    ("user", "decoded"),
    [
        ("user:hunter2@", b"user:hunter2"),
        ("us%65r:p%40ss%3A%2fhunter2@", b"user:p@ss:/hunter2"),
        ("%C3%A9:hunter2@", "é:hunter2".encode()),
        ("token@", b"token:"),
        (":hunter2@", b":hunter2"),
    ],
)
def test_credentials_are_in_a_header(kind: Any, user: str, decoded: bytes) -> None:
    """They are not in the address, in URLs, or in what is printed."""
    receiver = kind(f"https://{user}errors.acme.example:8443/in?a=1")
    assert receiver.address == "https://errors.acme.example:8443/in?a=1"
    request = encode(receiver, REPORT)
    assert request.url == receiver.address
    scheme, _, token = request.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(token, validate=True)) == ("Basic", decoded)
    assert "hunter2" not in repr(receiver)
    assert receiver.address in repr(receiver)
    assert "Authorization" not in encode(kind(URL), REPORT).headers
    assert hash(receiver) == hash(kind(receiver.url))


@pytest.mark.parametrize(
    ("url", "deletion"),
    [
        ("https://x.example/r?key=1", f"https://x.example/r/{ID}?key=1"),
        ("https://x.example/r/", f"https://x.example/r/{ID}"),
        ("https://x.example", f"https://x.example/{ID}"),
        ("https://u:p@x.example/?a", f"https://x.example/{ID}?a"),
    ],
)
def test_the_url_of_a_deletion(url: str, deletion: str) -> None:
    """The id is in the path."""
    assert encode(HttpsReceiver(url, deletes=True), REPORT).deletion == deletion


def test_a_secret_of_an_old_dsn() -> None:
    """It is sent as the protocol says, and printed nowhere."""
    receiver = SentryReceiver("https://key:hunter2@errors.acme.example/7")
    assert receiver.encode(REPORT).headers["X-Sentry-Auth"] == (
        f"Sentry sentry_version=7, sentry_client={AGENT}, sentry_key=key, sentry_secret=hunter2"
    )
    assert "hunter2" not in f"{receiver!r}{receiver.address}"


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (HttpsReceiver, "https://user:hunter2@a.example/#top"),
        (OtlpReceiver, "https://user:hunter2@a.example:0/"),
        (HttpsReceiver, "ftp://user:hunter2@a.example/"),
        (SentryReceiver, "https://:hunter2@a.example/7"),
        (SentryReceiver, "https://key:hunter2@a.example/"),
    ],
)
def test_a_refusal_shows_no_password(kind: Any, url: str) -> None:
    """Users may see it: `status` prints why a plugin cannot be loaded."""
    with pytest.raises(DeclarationError, match=r":…@a\.example") as failure:
        kind(url)
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True)),
        *(("localhost.evil.example", False), ("127.0.0.1.evil.example", False), ("", False)),
        *(("128.0.0.1", False), ("10.0.0.1", False), ("0.0.0.0", False), ("::2", False)),  # noqa: S104
    ],
)
def test_which_hosts_are_this_machine(host: str, *, expected: bool) -> None:
    """Names of other machines that only begin like one are not."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (5, "not a URL"),
        ("https://a.example/\\@b.example/", "not a URL"),
        ("https://a.example/ b", "not a URL"),
        ("https://a@b@c.example/", "not a URL"),
        ("https://[::1/", "Invalid IPv6 URL"),
        ("https://a.example:65536/", "Port out of range"),
        ("https://a.example:0/", "port 0 cannot be reached"),
        ("https:///reports", "it must start with http:// or https:// and a host name"),
        ("ftp://a.example/", "it must start with http:// or https:// and a host name"),
        ("http://a.example/", "plain HTTP is allowed only to this machine; use https://"),
        ("https://a.example/#top", "the URL of a receiver must not have a #fragment"),
    ],
)
def test_urls_that_are_refused(url: Any, why: str) -> None:
    """The message says why, and how one looks."""
    with pytest.raises(DeclarationError) as failure:
        HttpsReceiver(url)
    assert str(failure.value).startswith(f"HttpsReceiver({url!r}): {why}")
    assert str(failure.value).endswith("It must look like https://errors.example.com/reports")
    HttpsReceiver("http://127.0.0.1:1/")


@pytest.mark.parametrize("path", ["spool", b"/spool", "/spool\n"])
def test_directories_that_are_refused(path: Any) -> None:
    """A directory is an absolute path in one printable line."""
    with pytest.raises(DeclarationError, match="give an absolute path"):
        FileReceiver(path)


def test_a_share_is_not_this_machine() -> None:
    """On Windows, a directory may be another machine's: what is unpublished does not go there."""
    assert is_local("file:///var/spool/lift")
    assert is_local("file:///C:/lift")
    assert not is_local("file://server/share/lift")
