"""The question in the page: real web apps under real servers, and requests that are not the user's."""

from __future__ import annotations

import contextlib
import hashlib
import html
import http.client
import io
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from conftest import (
    PLUGIN,
    Environment,
    Home,
    Shell,
    free_port,
    make_environment,
    make_wheel,
    until,
)
from serving import Answer

from telemetry_hook.web import WsgiMiddleware, _asgi, _request, _script, _wsgi

pytestmark = pytest.mark.once

APPS = """
import asyncio, os, sys, time
class UserError(Exception): pass
class Planned(Exception): pass

def fail(value):
    total = len(value) - 6
    return f"{100 / total} percent"

def fail_otherwise(value):
    raise LookupError(f"there is no shelf for {value} in here")

FAILURES = {"/fail": fail, "/other": fail_otherwise}

def answer(path, secret):
    if path == "/mistake":
        raise UserError(secret)
    if path.startswith("/many/"):
        kind = type(f"Made{path[6:]}", (Exception,), {})
        raise kind(secret)
    if path == "/module":
        return sys.modules["board.cli"].__file__
    changed = {"/home": ("HOME", "/nowhere"), "/proxy": ("HTTPS_PROXY", "http://evil.example")}
    name, value = changed.get(path, ("DO_NOT_TRACK", "1") if path == "/track" else (None, None))
    if name:
        os.environ[name] = value
    path = path.replace("/inner", "")
    return FAILURES[path](secret) if path in FAILURES else "fine"

def starlette(hosts, lifespan=None):
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse, StreamingResponse, Response
    from starlette.routing import Mount, Route
    from telemetry_hook.web import AsgiMiddleware
    def page(request):
        return HTMLResponse(answer(request.url.path, request.query_params.get("secret", "")))
    async def stream(request):
        async def chunks():
            yield "begun "
            raise LookupError("too late for a page of ours")
        return StreamingResponse(chunks())
    async def own(request):
        return Response("my own 500", 500)
    async def slow(request):
        async def chunks():
            yield "begun"
            while not await request.is_disconnected():
                await asyncio.sleep(0.05)
        return StreamingResponse(chunks(), 500)
    inner = Starlette(routes=[Route("/fail", page)])
    routes = [Route("/stream", stream), Route("/own", own), Route("/slow", slow), Mount("/inner", inner), Route("/{rest:path}", page, methods=["GET", "POST"])]
    return AsgiMiddleware(Starlette(routes=routes, lifespan=lifespan), "board", hosts=hosts)

def flask(hosts):
    from flask import Flask, Response, request
    from telemetry_hook.web import WsgiMiddleware
    app = Flask("board")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    @app.route("/stream")
    def stream():
        def chunks():
            yield "begun "
            raise LookupError("too late for a page of ours")
        return Response(chunks())
    @app.route("/own")
    def own():
        return "my own 500", 500
    @app.route("/<path:rest>", methods=["GET", "POST"])
    def page(rest):
        return answer("/" + rest, request.args.get("secret", ""))
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/inner": app.wsgi_app})
    app.wsgi_app = WsgiMiddleware(app.wsgi_app, "board", hosts=hosts)
    return app

def main():
    kind, port, *hosts = sys.argv[1:]
    if kind == "die":
        raise LookupError("the server is gone for good")
    if kind == "raw":
        import uvicorn
        from telemetry_hook.web import AsgiMiddleware
        async def app(scope, receive, send):
            raise ValueError("only HTTP is known here")
        uvicorn.run(AsgiMiddleware(app, "board"), host="127.0.0.1", port=int(port))
    elif kind == "start":
        import contextlib, uvicorn
        @contextlib.asynccontextmanager
        async def lifespan(app):
            raise LookupError("the server does not start")
            yield
        uvicorn.run(starlette([], lifespan), host="127.0.0.1", port=int(port))
    elif kind == "asgi":
        import uvicorn
        uvicorn.run(starlette(hosts), host="127.0.0.1", port=int(port))
    else:
        import waitress
        waitress.serve(flask(hosts), host="127.0.0.1", port=int(port), threads=8)
"""
SCRIPT = """function sort(rows) {
  return rows[0].cells;
}
"""
EXPECTED = """
@hookimpl
def telemetry_attributes(crash):
    import time
    if "HANG" in os.environ:
        time.sleep(float(os.environ["HANG"]))

@hookimpl
def telemetry_is_expected(crash):
    from board.cli import UserError
    return isinstance(crash.exception, UserError)
"""
SECRET = "hunter"  # noqa: S105 - planted; as long as makes it fail
KINDS = ("asgi", "wsgi")
ORIGIN = "http://a"


@dataclass
class Server:
    """A running web app."""

    home: Home
    port: int
    process: subprocess.Popen[str]
    log: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self,
        path: str,
        headers: dict[str, str] | None = None,
        body: str | None = None,
        method: str = "",
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        method = method or ("GET" if body is None else "POST")
        given = {"Host": f"127.0.0.1:{self.port}", "Accept": "text/html", **(headers or {})}
        connection.putrequest(method, path, skip_host=True)
        for name, value in given.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        with contextlib.closing(connection):
            connection.endheaders(None if body is None else body.encode())
            with connection.getresponse() as found:
                return Answer(found.status, found.headers, found.read())

    def fail(self, path: str = "/fail", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request(f"{path}?secret={SECRET}", named)

    def answer(self, token: str | None, word: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = urlencode({"token": token or "", "answer": word})
        return self.request("/telemetry-hook/answer", {"Origin": self.origin, **named}, body)


@pytest.fixture(scope="module")
def board(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with a tool that is a web app, twice: ASGI and WSGI."""
    directory = tmp_path_factory.mktemp("board")
    made = make_environment(directory / "environment")
    plugin = PLUGIN.replace("{name}", "board").replace("{more}", "") + EXPECTED
    tool = make_wheel(
        directory,
        "acme-board",
        {
            "board/__init__.py": "",
            "board/__main__.py": "from board.cli import main\nmain()\n",
            "board/cli.py": APPS,
            "board/telemetry.py": plugin,
            "board/static/board.js": SCRIPT,
        },
        entry_points={
            "console_scripts": {"board": "board.cli:main"},
            "telemetry_hook": {"board": "board.telemetry"},
        },
        requires=("starlette", "uvicorn", "flask", "waitress"),
    )
    made.pip("install", wheel, tool)
    return made


@pytest.fixture
def start(board: Environment, home: Home, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Return a function that starts the web app."""
    servers: list[Server] = []

    def start_server(
        kind: str,
        *hosts: str,
        directory: Path | None = None,
        command: tuple[str, ...] = (),
        **variables: str,
    ) -> Server:
        port = free_port()
        log = tmp_path / f"server-{port}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [*(command or (str(board.bin / "board"),)), kind, str(port), *hosts],
                env={**home.environment, **variables},
                cwd=directory or tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                text=True,
            )
        server = Server(home, port, process, log)
        servers.append(server)

        def answers() -> bool:
            with contextlib.suppress(OSError):
                return server.request("/fine").status == 200
            return False

        until(answers)
        return server

    yield start_server
    for server in servers:
        server.process.kill()
        server.process.wait()


def test_the_page_asks_in_the_same_words_as_the_terminal(
    start: Callable[..., Server], board: Environment, home: Home, tmp_path: Path
) -> None:
    """Sentence, rows and answers of the page are those of the terminal."""
    terminal = Shell(board, home, tmp_path).terminal("board", "die", "0")
    terminal.answer("no")
    terminal.end()
    asked = "".join(terminal.screen.split())
    for kind in KINDS:
        page = start(kind).fail()
        assert page.status == 500
        texts = [html.unescape(each) for each in re.findall(r"<(?:h1|p|dt)>([^<]+)<", page.text)]
        never = re.search(r"Never in it:</dt><dd>([^<]+)<", page.text)
        assert never is not None
        assert [each for each in (*texts, never[1]) if "".join(each.split()) not in asked] == []
        assert texts[0] == "board has crashed."
        assert page.words == ["yes", "no", "always", "never", "later"]
        assert "<script" not in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_yes_sends_what_the_page_shows(start: Callable[..., Server], kind: str) -> None:
    """What is in the page, what is stored and what arrives are the same bytes, without the secret."""
    server = start(kind)
    page = server.fail()
    assert SECRET not in page.text
    reply = server.answer(page.token, "yes")
    assert reply.status == 200
    assert "sent. Receipt: " in reply.text
    [report] = server.home.wait_for_reports()
    assert report["mechanism"] == "web"
    assert report["exceptions"][0]["frames"][-1]["function"] == "fail"
    assert report["exceptions"][0]["message"] == "division by zero"
    # The middleware is no part of it: the outermost frame is the framework's, or its dispatcher's.
    outermost = report["exceptions"][0]["frames"][0]["release"]["name"]
    assert outermost in ("starlette", "Werkzeug", "werkzeug")
    [path] = server.home.reports.glob("*.json")
    assert path.read_text("utf-8").rstrip() in page.view
    assert hashlib.sha256(path.read_bytes()).hexdigest() in page.view


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_logs_as_without_us(start: Callable[..., Server], kind: str) -> None:
    """The exception goes on to the server, which logs its traceback; later ones get its own reply."""
    server = start(kind)
    server.fail()
    again = server.fail()
    assert (again.status, again.token) == (500, None)
    until(lambda: server.log.read_text().count("ZeroDivisionError: division by zero") == 2)
    own = server.request("/own")
    assert (own.status, own.text) == (500, "my own 500")


def test_each_answer_does_what_it_does_on_the_terminal(start: Callable[..., Server]) -> None:
    """No keeps nothing, later keeps one, always saves and sends, never ends it."""
    server = start("asgi")
    said = server.answer(server.fail().token, "no")
    assert "Nothing was sent." in said.text
    assert server.home.files() == []
    kept = server.answer(server.fail("/other").token, "later")
    assert "telemetry-hook review" in kept.text
    assert server.home.received() == []
    second = start("wsgi")
    always = second.answer(second.fail().token, "always")
    assert "Always, from now on." in always.text
    assert "sent. Receipt: " in always.text
    told = second.fail("/other")
    assert told.token is None
    assert "as you said always on" in told.text
    second.home.wait_for_reports(2)
    third = start("wsgi")
    repeated = third.fail()
    assert "this crash was reported already" in repeated.text
    for each in third.home.outbox.glob("*.report"):
        each.unlink()
    fourth = start("asgi", TELEMETRY_HOOK="ask")
    page = fourth.fail()
    assert "TELEMETRY_HOOK=ask is set" in page.text
    never = fourth.answer(page.token, "never")
    assert "board will not ask again." in never.text
    assert fourth.fail("/other").token is None
    assert start("wsgi").fail().token is None


def test_the_same_browser_sees_its_question_again(start: Callable[..., Server]) -> None:
    """A reload shows the same question; another browser, and another crash, get none."""
    server = start("asgi")
    page = server.fail()
    again = server.fail(**page.cookie)
    assert again.token == page.token
    assert again.view == page.view
    assert server.fail().token is None
    assert server.fail(Cookie="telemetry_hook=" + "0" * 32).token is None
    assert server.fail("/other", **page.cookie).token is None
    assert server.request("/telemetry-hook/question", page.cookie).token == page.token
    assert server.request("/telemetry-hook/question").status == 404
    server.answer(page.token, "no")
    assert server.fail(**page.cookie).token is None
    assert server.fail("/other").token not in (None, page.token)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example", "Origin": "http://127.0.0.1.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Referer": "https://evil.example/"}, 403),
        ({"X-Real-IP": "192.0.2.1"}, 403),
        ({"Host": "127.0.0.1@evil.example", "Origin": "http://127.0.0.1@evil.example"}, 403),
    ],
    ids=str,
)
def test_no_other_page_can_answer(
    start: Callable[..., Server], kind: str, headers: dict[str, str], status: int
) -> None:
    """Not even with the token; the question stays open for its own page."""
    server = start(kind)
    page = server.fail()
    assert server.answer(page.token, "yes", **headers).status == status
    assert server.home.files() == []
    assert "sent. Receipt" in server.answer(page.token, "yes").text


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_pages_own_form_counts(start: Callable[..., Server], kind: str) -> None:
    """Without its token, by GET, without an origin, too large or with another word: nothing is done."""
    server = start(kind)
    page = server.fail()
    form = urlencode({"token": page.token or "", "answer": "yes"})
    origin = {"Origin": server.origin}
    found = [
        server.answer("", "yes").status,
        server.answer("0" * 32, "yes").status,
        server.answer("\N{SNOWMAN}", "yes").status,
        server.request("/telemetry-hook/answer", origin, form, "PUT").status,
        server.request(f"/telemetry-hook/answer?{form}", origin).status,
        server.request("/telemetry-hook/answer", {}, form).status,
        server.request("/telemetry-hook/answer", origin, form + "&x=" + "x" * 20_000).status,
        server.answer(page.token, "perhaps").status,
        server.answer(page.token, "").status,
        server.request("/telemetry-hook/").status,
    ]
    assert found == [410, 410, 410, 403, 403, 403, 413, 400, 400, 404]
    assert server.home.files() == []
    assert "sent. Receipt" in server.answer(page.token, "yes").text
    assert "sent. Receipt" in server.answer(page.token, "no").text  # a second click: what was done
    assert len(server.home.received()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:80"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/page"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"Accept": "application/json"},
    ],
    ids=str,
)
def test_who_is_not_the_user_gets_the_apps_own_reply(
    start: Callable[..., Server], headers: dict[str, str]
) -> None:
    """No question, no sending, under a standing always either; then the user's own request asks."""
    server = start("asgi")
    assert server.request(f"/fail?secret={SECRET}", headers).token is None
    assert server.fail(Sec_Fetch_Site="none", Sec_Fetch_Dest="document").token is not None
    server.answer(server.fail("/other").token, "no")
    second = start("asgi")
    second.answer(second.fail("/other").token, "always")
    second.home.wait_for_reports(1)
    assert second.request(f"/fail?secret={SECRET}", headers).status == 500
    assert len(list(second.home.outbox.glob("*.report"))) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_served_to_others_offers_yes_and_no_alone(start: Callable[..., Server], kind: str) -> None:
    """Under a name that the tool has given: what stands is for the machine's owner to say."""
    server = start(kind, "board.example")
    host = {"Host": "board.example", "X-Forwarded-For": "192.0.2.1"}
    page = server.fail(**host)
    assert page.words == ["yes", "no"]
    origin = {**host, "Origin": "https://board.example"}
    assert server.answer(page.token, "always", **origin).status == 400
    assert server.home.files() == []
    assert "sent. Receipt" in server.answer(page.token, "yes", **origin).text
    assert server.fail("/other", Host="evil.example").token is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_cannot_be_followed_stays_open(
    start: Callable[..., Server], kind: str
) -> None:
    """Where nothing can be stored nothing is sent, and the same question can be answered again."""
    server = start(kind)
    page = server.fail()
    blocked = server.home.directory / ".local"
    blocked.write_text("a file where our directory would be")
    failed = server.answer(page.token, "yes")
    assert failed.status == 500
    assert "nothing was sent" in failed.text
    assert failed.token == page.token
    assert server.home.received() == []
    blocked.unlink()
    assert "sent. Receipt" in server.answer(page.token, "yes").text
    [report] = server.home.wait_for_reports()
    assert report["id"] in page.view


def test_an_always_is_the_owners(
    start: Callable[..., Server], board: Environment, home: Home, tmp_path: Path
) -> None:
    """What others' requests lead to is asked of them, whatever the machine's owner has said."""
    given = Shell(board, home, tmp_path).run("telemetry-hook", "always", "board")
    assert given.returncode == 0
    server = start("asgi", "board.example")
    page = server.fail(Host="board.example")
    assert page.words == ["yes", "no"]
    said = server.answer(page.token, "no", Host="board.example", Origin="http://board.example")
    assert "Nothing was sent" in said.text
    assert server.fail("/other").words == ["yes", "no"]  # past a proxy that does not show, perhaps
    assert not home.outbox.exists()


def test_an_answer_that_breaks_off_stays_open(start: Callable[..., Server]) -> None:
    """A request whose body never comes is no answer."""
    server = start("wsgi")
    page = server.fail()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/telemetry-hook/answer")
    connection.putheader("Origin", server.origin)
    connection.putheader("Content-Length", "500")
    connection.endheaders(f"token={page.token}&answ".encode())
    connection.close()
    assert "sent. Receipt" in server.answer(page.token, "yes").text


@pytest.mark.parametrize("variable", ["DO_NOT_TRACK", "CI", "CLAUDECODE"])
def test_variables_forbid_the_page_too(start: Callable[..., Server], variable: str) -> None:
    """Where nobody may be asked, the page does not ask, and leaves nothing behind."""
    server = start("asgi", **{variable: "1"})
    assert server.fail().token is None
    assert server.home.files() == []


def test_a_proxy_of_the_programs_is_not_followed(start: Callable[..., Server]) -> None:
    """The sender has the variables of the server's start."""
    server = start("asgi")
    page = server.fail()
    server.request("/proxy")
    assert "sent. Receipt" in server.answer(page.token, "yes").text


@pytest.mark.parametrize("path", ["/home", "/track"])
def test_what_the_program_changes_meanwhile_counts(start: Callable[..., Server], path: str) -> None:
    """An answer is not followed to where the program now leads it; the question stays open."""
    server = start("asgi")
    page = server.fail()
    server.request(path)
    reply = server.answer(page.token, "always")
    assert "Nothing was sent" in reply.text
    assert reply.token == page.token
    assert server.home.files() == []


@pytest.mark.parametrize("variable", ["WERKZEUG_RUN_MAIN", "RUN_MAIN"])
def test_a_reloaders_process_does_not_ask(start: Callable[..., Server], variable: str) -> None:
    """It began with what its parent may have read from a file of the project."""
    server = start("wsgi", **{variable: "true"})
    assert server.fail().token is None


def test_a_program_that_moves_our_files_is_not_asked_for(start: Callable[..., Server]) -> None:
    """Answers in another home than the user's would be another's."""
    server = start("asgi")
    assert server.request("/home").status == 200
    assert server.fail().token is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_crash_is_not_asked_about(start: Callable[..., Server], kind: str) -> None:
    """A user's mistake, and what breaks when the page is under way already."""
    server = start(kind)
    assert server.fail("/mistake").token is None
    with contextlib.suppress(http.client.IncompleteRead):
        assert b"board has crashed" not in server.request("/stream").body
    assert server.fail().token is not None


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_that_is_mounted_further_in(start: Callable[..., Server], kind: str) -> None:
    """The answer goes to where the middleware is."""
    page = start(kind).fail("/inner/fail")
    assert re.findall(r'action="([^"]*)"', page.text) == ["/telemetry-hook/answer"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_that_is_mounted_itself(kind: str) -> None:
    """Its own addresses are below where it is, as both protocols write that."""
    if kind == "asgi":
        scope = {"method": "GET", "headers": [(b"Host", b"localhost")], "client": ("::1", 1)}
        requests = [
            _asgi._http_request(scope, "/studio", "/studio/telemetry-hook/question"),
            _asgi._http_request({**scope, "client": None}, "/studio/", "/telemetry-hook/question"),
        ]
    else:
        environ = {"REQUEST_METHOD": "GET", "HTTP_HOST": "localhost", "REMOTE_ADDR": "::1"}
        requests = [_wsgi._http_request(environ, "/studio", "/telemetry-hook/question")]
    assert {(each.root, each.path) for each in requests} == {
        ("/studio", "/telemetry-hook/question")
    }
    assert all(each.is_ours for each in requests)
    assert requests[0].is_local
    assert not _asgi._http_request(
        {"method": "GET", "headers": [], "client": None}, "", "/x/telemetry-hook/"
    ).is_ours


@pytest.mark.parametrize("kind", KINDS)
def test_a_programs_client_gets_the_apps_own_reply(start: Callable[..., Server], kind: str) -> None:
    """What takes anything is no browser that asks for a page; nor is a request for the head alone."""
    server = start(kind)
    assert server.fail(Accept="*/*").token is None
    assert server.fail(Accept="image/avif,image/webp,*/*;q=0.8").token is None
    assert server.request(f"/fail?secret={SECRET}", method="HEAD").token is None
    page = server.fail()
    assert page.token is not None
    assert server.request("/telemetry-hook/question", page.cookie, method="HEAD").body == b""


def test_a_cookie_that_we_did_not_give_opens_nothing(start: Callable[..., Server]) -> None:
    """Somebody who has planted one does not get to see the question."""
    server = start("asgi")
    planted = {"Cookie": "telemetry_hook=" + "a" * 32}
    page = server.fail(**planted)
    assert page.token is not None
    assert page.cookie != planted
    assert server.request("/telemetry-hook/question", planted).status == 404
    assert server.fail(**planted).token is None


def test_responses_that_tell_of_a_failure_are_not_held(start: Callable[..., Server]) -> None:
    """An app's own response of status 500 goes out while the app goes on."""
    server = start("asgi")
    with contextlib.closing(socket.create_connection(("127.0.0.1", server.port), 10)) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n")
        received = b""
        while b"begun" not in received:  # the app ends it only when the client has gone
            received += client.recv(4096)
    assert received.startswith(b"HTTP/1.1 500")


def test_heads_have_no_bodies() -> None:
    """Not all servers take them away."""
    environ = {
        "PATH_INFO": "/telemetry-hook/",
        "wsgi.input": io.BytesIO(),
        "HTTP_HOST": "localhost",
    }
    middleware = WsgiMiddleware(lambda *_: [], "board")
    for method, is_empty in (("GET", False), ("HEAD", True)):
        given = {**environ, "REQUEST_METHOD": method, "REMOTE_ADDR": "127.0.0.1"}
        [body] = middleware(given, lambda *_: lambda _: None)
        assert (body == b"") is is_empty


@pytest.mark.parametrize("path", ["/fail", "/write"])
def test_raw_apps(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An iterable is closed once, iterated or not; what was written already is not replaced."""
    closed: list[int] = []
    asked: list[Exception] = []

    class Chunks:
        def __iter__(self) -> Iterator[bytes]:
            yield b""
            raise LookupError

        def close(self) -> None:
            closed.append(1)

    def app(environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", [])
        if path == "/write":
            write(b"begun")
            raise LookupError
        return Chunks()

    middleware = WsgiMiddleware(app, "board")
    monkeypatch.setattr(middleware._dialog, "failed", lambda _, error: asked.append(error))
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "HTTP_HOST": "localhost"}

    def start(*_: Any) -> Any:
        return lambda _: None

    if path == "/write":
        with pytest.raises(LookupError):
            middleware(environ, start)
        assert asked == []
        return
    middleware(dict(environ), start).close()  # type: ignore[attr-defined]
    assert closed == [1]
    found = middleware(dict(environ), start)
    with pytest.raises(LookupError):
        list(found)
    found.close()  # type: ignore[attr-defined]
    assert (closed, len(asked)) == ([1, 1], 1)


def test_an_app_without_lifespan_has_not_crashed(
    board: Environment, home: Home, tmp_path: Path
) -> None:
    """Such apps raise when a server asks for it, and servers go on."""
    port = free_port()
    terminal = Shell(board, home, tmp_path).terminal("board", "raw", str(port))
    terminal.expect("Uvicorn running")
    terminal.process.sendintr()
    terminal.end()
    assert "has crashed" not in terminal.screen


def test_what_is_prepared_too_late_is_not_sent(
    start: Callable[..., Server], board: Environment, home: Home, tmp_path: Path
) -> None:
    """Under an *always* too: nobody would be told of it."""
    assert Shell(board, home, tmp_path).run("telemetry-hook", "always", "board").returncode == 0
    server = start("wsgi", HANG="11")
    assert "as you said always" not in server.fail().text
    time.sleep(4)
    assert not home.outbox.exists()


def test_a_plugin_that_hangs_costs_one_request(start: Callable[..., Server]) -> None:
    """Its time, ten seconds at most; what comes afterwards is as without us."""
    server = start("asgi", HANG="600")
    begun = time.monotonic()
    assert server.fail().token is None
    assert 9 < time.monotonic() - begun < 60
    begun = time.monotonic()
    assert server.fail("/other").token is None
    assert time.monotonic() - begun < 9
    assert server.home.files() == []


def test_the_working_directory_is_not_imported(
    start: Callable[..., Server], board: Environment, tmp_path: Path
) -> None:
    """Modules of the project that are named like ours stay where they are, while others see them."""
    marker = tmp_path / "imported"
    project = tmp_path / "project"
    project.mkdir()
    for name in ("pluggy", "platformdirs", "urllib3", "tomli"):
        (project / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write('{name} ')\n")
    server = start("wsgi", directory=project, command=(str(board.python), "-m", "board"))
    marker.unlink(missing_ok=True)
    page = server.fail()
    taken = marker.read_text() if marker.exists() else ""
    assert taken == ""
    assert page.token is not None
    assert "sent. Receipt" in server.answer(page.token, "yes").text
    assert not marker.exists()


def test_a_program_from_a_checkout_keeps_its_modules(
    start: Callable[..., Server], board: Environment, tmp_path: Path
) -> None:
    """It is not what is installed, so it is not asked about; and it goes on as it is."""
    shutil.copytree(board.site / "board", tmp_path / "checkout" / "board")
    server = start(
        "wsgi", directory=tmp_path / "checkout", command=(str(board.python), "-m", "board")
    )
    assert server.fail().token is None
    found = server.request("/module").text
    assert found == str(tmp_path / "checkout" / "board" / "cli.py")


def test_a_thousand_failing_requests_ask_once(start: Callable[..., Server]) -> None:
    """They ask once, the others get the app's reply, and memory stays where it was."""
    server = start("asgi")
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda _: server.fail(), range(100)))
        before = resident(server.process.pid)
        rest = list(pool.map(lambda _: server.fail(), range(1000)))
    assert [each.token is not None for each in first].count(True) == 1
    assert [each for each in rest if each.token is not None] == []
    assert {each.status for each in (*first, *rest)} == {500}
    assert resident(server.process.pid) - before < 8 * 1024 * 1024


def test_a_thousand_different_failures_keep_memory_bounded(start: Callable[..., Server]) -> None:
    """While a question is open no other is prepared."""
    server = start("asgi")
    page = server.fail()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: server.fail(f"/many/{number}"), range(300)))
    assert [each for each in found if each.token is not None] == []
    server.answer(page.token, "yes")
    [report] = server.home.wait_for_reports()
    assert report["exceptions"][-1]["type"] == "ZeroDivisionError"


def test_the_page_tells_of_its_own_script_errors(start: Callable[..., Server]) -> None:
    """Their class and the lines of published scripts arrive, and nothing that the page has said."""
    server = start("asgi")
    script = server.request("/telemetry-hook/script.js")
    assert script.headers["cross-origin-resource-policy"] == "same-origin"
    found = re.search(r'token: "(\w+)"', script.text)
    assert found is not None
    told = {
        "token": found[1],
        "name": "TypeError",
        "message": f"no {SECRET}",
        "lines": [
            [f"{server.origin}/static/board.js?{SECRET}", 2],
            [f"{server.origin}/{SECRET}.js", 7],
            [f"{server.origin}/static/board.js", 999],
        ],
    }

    def tell(values: object, **headers: str) -> Answer:
        given = {"Origin": server.origin, "Accept": "*/*", **script.cookie, **headers}
        return server.request("/telemetry-hook/error", given, json.dumps(values))

    assert tell({**told, "token": "0" * 32}).status == 403
    assert tell(told, Origin="https://evil.example").status == 403
    assert tell({**told, "lines": [["https://cdn.example/x.js", 2]]}).status == 204
    assert tell([told]).status == 403
    reply = tell(told)
    assert (reply.status, reply.text) == (200, "board has crashed.\n")
    page = server.request("/telemetry-hook/question", script.cookie)
    assert SECRET not in page.text
    server.answer(page.token, "yes")
    [report] = server.home.wait_for_reports()
    assert report["exceptions"] == [
        {
            "type": "TypeError",
            "module": "ECMAScript",
            "message": "<…>",
            "frames": [
                {
                    "function": "<script>",
                    "module": "board.static.board",
                    "file": "board/static/board.js",
                    "line": 2,
                    "release": {"name": "acme-board", "version": "1.0"},
                    "in_app": True,
                    "source": {
                        "before": ["function sort(rows) {"],
                        "line": "  return rows[0].cells;",
                        "after": ["}"],
                    },
                }
            ],
        }
    ]


def test_a_script_learns_of_its_failing_requests(start: Callable[..., Server]) -> None:
    """A request that a script made gets the app's own reply; the question waits for that browser."""
    server = start("asgi")
    fetched = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    assert server.fail(**fetched).token is None
    cookie = server.request("/telemetry-hook/script.js").cookie
    assert server.fail(**fetched, **cookie).text == "Internal Server Error"
    assert server.request("/telemetry-hook/title").status == 204
    assert server.request("/telemetry-hook/title", cookie).text == "board has crashed.\n"
    assert server.request("/telemetry-hook/question", cookie).token is not None


@pytest.mark.parametrize(
    ("how", "status", "message"),
    [("die", 1, "the server is gone for good"), ("start", 3, "the server does not start")],
)
def test_the_server_process_asks_on_the_terminal(
    board: Environment, home: Home, tmp_path: Path, how: str, status: int, message: str
) -> None:
    """When the server itself dies, or does not start, its terminal has the question."""
    terminal = Shell(board, home, tmp_path).terminal("board", how, "0")
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == status
    [report] = home.wait_for_reports()
    assert report["exceptions"][0]["message"] == message


@pytest.mark.parametrize(
    ("name", "is_loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("127.evil", False),
        ("10.0.0.1", False),
        ("192.168.0.1", False),
        ("", False),
    ],
)
def test_names_of_this_machine(name: str, is_loopback: bool) -> None:
    """Only what means this machine under any resolver does."""
    assert _request.is_loopback(name) is is_loopback


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://127.0.0.1:1/static/board.js", "/x/board/static/board.js"),
        ("http://127.0.0.1:1/assets/static/board.js?v=1#top", "/x/board/static/board.js"),
        ("http://127.0.0.1:1/vendor/board.js", "/x/board/vendor/board.js"),
        ("http://127.0.0.1:1/board.js", None),
        ("http://127.0.0.1:1/keyboard.js", None),
        ("http://127.0.0.1:1/", None),
        ("chrome-extension://abc/static/other.js", None),
        ("", None),
    ],
)
def test_scripts_are_found_by_whole_names(url: str, found: str | None) -> None:
    """A URL means the one published script whose path ends most like it."""
    scripts = ["/x/board/static/board.js", "/x/board/vendor/board.js"]
    assert _script._find(url, scripts) == found


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"1", b"[" * 50_000, b'{"token": 1, "name": [], "lines": {}}'],
    ids=lambda each: str(each[:20]),
)
def test_what_a_page_says_may_be_anything(body: bytes) -> None:
    """Malformed reports have no token and no lines."""
    token, _, lines = _script.parse(body, ORIGIN)
    assert (token, lines) == ("", ())


def resident(process: int) -> int:
    """Return how many bytes of memory a process holds."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_names_of_script_errors_are_those_of_the_standard() -> None:
    """Any other name is an Error."""
    strange: list[Any] = [["http://a.b/b.js", 1], ["http://a/b.js", True], ["x"], "y", ["x", 0]]
    lines = [["http://a/b.js", 1], *strange, ["chrome-extension://a/static/b.js", 3]]
    for name, found in (("TypeError", "TypeError"), ("JohnsError", "Error"), (["x"], "Error")):
        body = json.dumps({"token": "t", "name": name, "lines": lines}).encode()
        assert _script.parse(body, ORIGIN) == ("t", found, (("http://a/b.js", 1),))
