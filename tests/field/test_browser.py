"""The question in a real browser: who can read and answer it, and which pages can do neither."""

from __future__ import annotations

import hashlib
import http.server
import importlib
import itertools
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT, Environment, Home, Kent, Receiver, Shell, make_tool, needs, until
from events import CIRCUMSTANCES, MACHINE, SDK, VARIES, settled
from serving import EMPTY_MODEL, SUMMARY, TWO_RELATIONS, Server, make_clinic, served, with_studio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.once

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    # A name whose owner has pointed it to this machine.
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
)
SIZES = ((320, 480), (768, 1024), (1440, 900))
QUIET = "Failed to load resource: the server responded with a status of"
WORDS = ["yes", "no", "always", "never", "later"]
OWN_500 = "Internal Server Error"
NO_RECORDS = "/models/Remark"

# For each text that can be seen: how much it stands out from what is behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """() => {
  const dot = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const paint = (...colors) => {
    colors.forEach(([color, alpha]) => {
      dot.globalAlpha = alpha;
      dot.fillStyle = color;
      dot.fillRect(0, 0, 1, 1);
    });
    const [red, green, blue] = [...dot.getImageData(0, 0, 1, 1).data].map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const probe = document.createElement("i");
  probe.style.background = "Canvas";
  document.body.append(probe);
  const canvas = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const found = [];
  for (const each of document.body.querySelectorAll("*")) {
    const hasText = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !each.checkVisibility()) continue;
    let alpha = 1;
    const behind = [];
    for (let at = each; at; at = at.parentElement) {
      behind.unshift([getComputedStyle(at).backgroundColor, 1]);
      alpha *= Number(getComputedStyle(at).opacity);
    }
    behind.unshift([canvas, 1]);
    const ground = paint(...behind);
    const text = paint(...behind, [getComputedStyle(each).color, alpha]);
    const [low, high] = [ground, text].sort((a, b) => a - b);
    found.push([(high + 0.05) / (low + 0.05), each.outerHTML.slice(0, 80)]);
  }
  return found;
}"""
# What everybody needs who does not see the page, or does not use a mouse.
BASICS = """() => {
  const faults = [];
  const check = (isGood, what) => { if (!isGood) faults.push(what); };
  check(document.documentElement.lang === "en", "language");
  check(document.title.trim(), "title");
  check(document.querySelectorAll("h1").length === 1, "one heading");
  check(document.querySelectorAll("main").length === 1, "one main part");
  check(document.compatMode === "CSS1Compat", "doctype");
  const zoom = document.querySelector("meta[name=viewport]").content;
  check(!/user-scalable|maximum-scale/.test(zoom), "zoom");
  document.querySelectorAll("input:not([type=hidden]), select").forEach((each) => {
    check(each.labels.length, each.outerHTML);
  });
  document.querySelectorAll("a, button, summary").forEach((each) => {
    check(each.textContent.trim(), each.outerHTML);
  });
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  check(new Set(ids).size === ids.length, "ids");
  return faults;
}"""


@pytest.fixture(scope="module")
def environment(
    environment: Environment, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Environment]:
    """Return the environment with Studio in it too."""
    yield from with_studio(environment, source, tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    needs("Playwright", "Chromium")
    api = importlib.import_module("playwright.sync_api")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(ARGUMENTS)
        )
        yield started
        started.close()


@pytest.fixture
def complaints() -> list[str]:
    """Return what the browser says is wrong with a page, but for statuses of responses."""
    return []


@pytest.fixture
def tab(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a tab: of somebody's new browser, or of the same one."""
    contexts: list[BrowserContext] = []

    def complain(text: str) -> None:
        if not text.startswith(QUIET):
            complaints.append(text)

    def opened(context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = browser.new_context(**options)
            context.set_default_timeout(15_000)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complain(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error)))
        return page

    yield opened
    for each in contexts:
        each.close()


@pytest.fixture
def page(tab: Callable[..., Page]) -> Page:
    """Return a tab of a new browser."""
    return tab()


@pytest.fixture
def studio(shell: Shell, kent: Kent) -> Iterator[Server]:
    """Start Studio on a clinic's database; its reports would go to Kent."""
    make_clinic(shell)
    command = ("studio", "--schema", "clinic.lift", "--port", "0")
    with served(shell, *command, STUDIO_TELEMETRY_DSN=kent.dsn) as server:
        yield server


def tab_to(page: Page, wanted: str) -> None:
    """Go on by the Tab key, each time to something that is visibly in focus, up to a text."""
    for _ in range(40):
        page.keyboard.press("Tab")
        text, outline = page.evaluate(
            "() => [document.activeElement.textContent.trim(),"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline == "solid", text
        if text == wanted:
            return
    raise AssertionError(f"no {wanted} is reached")


def told(page: Page) -> str:
    """Return what a page says came of an answer."""
    return page.locator(".notice").inner_text()


def token(page: Page) -> str:
    """Return the token of the question in a page."""
    return page.locator("[name=token]").input_value()


def test_the_keyboard_is_enough(
    studio: Server, kent: Kent, page: Page, complaints: list[str]
) -> None:
    """The failing page asks, Tab leads to each answer in turn, and Enter gives it."""
    page.goto(studio.url + EMPTY_MODEL)
    assert page.title() == page.locator("h1").inner_text() == "studio has crashed."
    assert page.locator("button").all_inner_texts() == WORDS
    for each in ("https://acme.example/telemetry", *WORDS, "view", "Back to studio"):
        tab_to(page, each)
    page.reload()
    tab_to(page, "yes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/telemetry-hook/answer")
    assert re.search(r"sent\. Receipt: [0-9a-f]{8}", told(page))
    assert len(kent.events()) == 1
    page.get_by_role("link", name="Back to studio").click()
    page.wait_for_url(studio.url + "/")
    assert page.locator("h1").inner_text() == "Models"
    assert complaints == []


def test_view_shows_the_bytes_that_are_sent(
    shell: Shell, receiver: Receiver, kent: Kent, page: Page
) -> None:
    """It opens by the keyboard; what stands there is what arrives, to the byte, and Kent reads it."""
    make_clinic(shell)
    command = ("studio", "--schema", "clinic.lift", "--port", "0")
    with served(shell, *command, STUDIO_TELEMETRY_DSN=receiver.dsn) as studio:
        page.goto(studio.url + EMPTY_MODEL)
        view = page.locator("pre")
        assert not view.is_visible()
        tab_to(page, "view")
        page.keyboard.press("Enter")
        assert view.is_visible()
        head, _, shown = (
            view.inner_text().partition("This is all that a yes would send")[2].partition("\n\n")
        )
        page.locator("button[value=yes]").press("Enter")
        page.wait_for_url("**/telemetry-hook/answer")
    [body] = receiver.bodies
    assert body.decode() == f"{shown.rstrip()}\n"
    assert f"SHA-256 {hashlib.sha256(body).hexdigest()}" in head
    assert f"{len(body)} bytes" in head

    with served(shell, *command, STUDIO_TELEMETRY_DSN=kent.dsn) as studio:
        page.goto(studio.url + EMPTY_MODEL)
        page.locator("summary").click()
        shown = page.locator("pre").inner_text().partition("This is all that a yes would send")[2]
        event = json.loads(shown.partition("\n\n")[2].split("\n", 2)[2])
        page.locator("button[value=yes]").click()
        page.wait_for_url("**/telemetry-hook/answer")
    [arrived] = kent.events()
    assert arrived["payload"]["body"] == event


def test_it_works_without_javascript(studio: Server, kent: Kent, tab: Callable[..., Page]) -> None:
    """A browser that runs no scripts shows the question, opens the view and sends the answer."""
    page = tab(java_script_enabled=False)
    page.goto(studio.url + TWO_RELATIONS)
    page.locator("summary").press("Enter")
    assert "SHA-256" in page.locator("pre").inner_text()
    page.locator("button[value=yes]").press("Enter")
    assert "sent. Receipt: " in told(page)
    assert len(kent.events()) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_looks(
    studio: Server, tab: Callable[..., Page], complaints: list[str], scheme: Any, tmp_path: Path
) -> None:
    """In windows of three sizes, in light and dark, all can be read, reached and pressed."""
    page = tab(color_scheme=scheme)

    def look(name: str) -> None:
        assert page.evaluate(BASICS) == []
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            for each in page.locator("button:visible, summary:visible").all():
                each.scroll_into_view_if_needed()
                box = each.bounding_box()
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
                assert min(box["width"], box["height"]) >= 24  # WCAG 2.2, 2.5.8
        contrasts = page.evaluate(CONTRASTS)
        assert [each for each in contrasts if each[0] < 4.5] == []
        assert len(contrasts) > 1

    places = {
        "overview": "/",
        "listing": "/models/Patient",
        "record": "/models/Patient/record/1",
        "form": "/models/Patient/new",
        "mistake": "/models/Nurse",
        "question": EMPTY_MODEL,
    }
    for name, path in places.items():
        page.goto(studio.url + path)
        look(name)
    background = page.evaluate(
        "() => { document.body.style.background = 'Canvas';"
        " return getComputedStyle(document.body).backgroundColor; }"
    )
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    page.reload()
    page.locator("summary").click()
    look("view")
    page.locator("button[value=later]").click()
    page.wait_for_url("**/telemetry-hook/answer")
    look("told")
    page.goto(studio.url + NO_RECORDS)
    page.get_by_role("link", name="wording").click()
    page.get_by_role("alert").wait_for()
    look("banner")
    assert [each for each in complaints if "reading 'cells'" not in each] == []


def test_own_pages_are_without_faults(studio: Server, page: Page, complaints: list[str]) -> None:
    """Sorting, finding and summing up in the page work, and no policy of a page is violated."""
    page.goto(f"{studio.url}/models/Patient")
    emails = page.locator("tbody td:nth-child(2)")
    assert emails.first.inner_text() == "johanna@doe.example"
    for _ in range(2):
        page.get_by_role("link", name="email").click()
    assert emails.first.inner_text() == "kasimir@doe.example"
    assert page.locator("[aria-sort=descending]").inner_text().strip() == "email"
    page.get_by_label("Find in this page").fill("JOHANNA")
    assert page.locator("tbody tr:visible").count() == 1
    page.goto(f"{studio.url}/models/Visit")
    assert page.locator("[data-summary]").count() == 0
    page.goto(studio.url + NO_RECORDS)
    page.get_by_role("button", name="Sum up urgency").click()
    page.get_by_text("There are no records.").wait_for()
    assert complaints == []


def of_script(line: str) -> dict[str, Any]:
    """Return a frame of Studio's own script."""
    file = "studio/static/studio.js"
    source = (ROOT / "examples/studio" / file).read_text("utf-8").splitlines()
    [at] = [number for number, text in enumerate(source) if text.strip() == line]
    return {
        "function": "<script>",
        "in_app": True,
        "module": "studio.static.studio",
        "filename": file,
        "lineno": at + 1,
        "package": "acme-studio@0.9.0",
        "pre_context": source[at - 3 : at],
        "context_line": source[at],
        "post_context": source[at + 1 : at + 4],
    }


def test_an_error_of_the_pages_script(
    studio: Server, kent: Kent, page: Page, complaints: list[str]
) -> None:
    """A click that fails brings a line that leads to the question; only class and line are sent."""
    page.goto(studio.url + NO_RECORDS)
    page.get_by_role("link", name="wording").press("Enter")
    banner = page.get_by_role("alert")
    banner.wait_for()
    assert banner.inner_text() == "studio has crashed. Look at the report, and answer"
    [complaint] = complaints
    with page.expect_popup() as popup:
        banner.get_by_role("link").press("Enter")
    question = popup.value
    question.wait_for_load_state()
    assert question.locator("button").all_inner_texts() == WORDS
    page.evaluate("dispatchEvent(new Event('focus'))")
    question.locator("button[value=yes]").press("Enter")
    assert "sent. Receipt: " in told(question)
    assert banner.is_visible()
    page.evaluate("dispatchEvent(new Event('focus'))")
    banner.wait_for(state="detached")

    [event] = kent.events()
    text = json.dumps(event["payload"]["body"])
    assert [each for each in (complaint, "undefined", "Remark", "wording") if each in text] == []
    body = settled(event)
    assert body.pop("fingerprint") == [
        "7813e09d823f544a91695f4a224c7d32fbef44287035d82d623c29d1e62c3c23"
    ]
    assert body == {
        "event_id": VARIES,
        "timestamp": VARIES,
        "platform": "python",
        "level": "fatal",
        "release": "acme-studio@0.9.0",
        "environment": "preview",
        "transaction": "studio.static.studio in <script>",
        "tags": {
            **(CIRCUMSTANCES | {"terminal": "false", "script": VARIES, "options": "--schema"}),
            "schema.models": "3",
            "schema.has_enums": "true",
            "schema.provider": "sqlite",
        },
        "contexts": {
            **MACHINE,
            "packages": body["contexts"]["packages"],
        },
        "exception": {
            "values": [
                {
                    "type": "TypeError",
                    "module": "ECMAScript",
                    "value": "<…>",
                    "mechanism": {"type": "web", "handled": False, "exception_id": 0},
                    "stacktrace": {
                        "frames": [
                            of_script('sort(event.target.closest("th"));'),
                            of_script(
                                "const isNumber = "
                                'body.rows[0].cells[column].className === "number";'
                            ),
                        ]
                    },
                }
            ]
        },
        "sdk": SDK,
    }


def test_a_request_of_the_pages_script_that_fails(studio: Server, kent: Kent, page: Page) -> None:
    """Its script gets the framework's own failure; a line in the page leads to the question."""
    page.goto(f"{studio.url}/models/Patient")
    with page.expect_response(studio.url + SUMMARY) as failed:
        page.get_by_role("button", name="Sum up weight").click()
    assert (failed.value.status, failed.value.text()) == (500, OWN_500)
    page.get_by_text("That could not be summed up.").wait_for()
    with page.expect_popup() as popup:
        page.get_by_role("alert").get_by_role("link").click()
    popup.value.locator("button[value=yes]").click()
    assert "sent. Receipt: " in told(popup.value)
    [event] = kent.events()
    [exception] = event["payload"]["body"]["exception"]["values"]
    innermost = exception["stacktrace"]["frames"][-1]
    assert (exception["type"], innermost["function"]) == ("TypeError", "summary")
    assert event["payload"]["body"]["tags"]["studio.features"] == "api"


def test_a_reload_asks_the_same(studio: Server, kent: Kent, page: Page) -> None:
    """Until it is answered, the failing page has the same question; then it is the tool's own 500."""
    page.goto(studio.url + EMPTY_MODEL)
    first = token(page)
    page.reload()
    assert token(page) == first
    page.goto(f"{studio.url}/telemetry-hook/question")
    assert token(page) == first
    page.locator("button[value=no]").click()
    assert told(page) == "Nothing was sent."
    answered = page.goto(studio.url + EMPTY_MODEL)
    assert answered is not None
    assert (answered.status, answered.text()) == (500, OWN_500)
    assert kent.events() == []


# A tool whose author has not thought of other sites at all.
CARELESS = """
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from telemetry_hook.web import WsgiMiddleware

class Handler(WSGIRequestHandler):
    def log_message(self, *_): pass

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

def app(environ, start_response):
    if environ["PATH_INFO"] == "/crash":
        return [bytes(100 // len(environ["QUERY_STRING"]))]
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<!doctype html><title>careless</title><script src=/telemetry-hook/script.js></script>"]

def main():
    with make_server("127.0.0.1", 0, WsgiMiddleware(app, "careless"), Server, Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
"""


@dataclass
class Victim:
    """Somebody with a tool that runs on their machine, and a browser with which they look around."""

    server: Server
    home: Home
    page: Page
    evil: Page
    port: int

    def hostile(self, name: str) -> Page:
        """Go to a hostile page: of another site, of another port here, or of a name pointed here."""
        rebound = f"http://evil.example:{self.server.port}/"
        addresses = {
            "another site": f"http://localhost:{self.port}/",
            "another port": f"http://127.0.0.1:{self.port}/",
            "a name pointed here": rebound,
        }
        self.evil.goto(addresses[name])
        return self.evil

    @property
    def url(self) -> str:
        return self.server.url

    def reports(self) -> list[str]:
        """List what was stored or sent."""
        stored = [each.name for each in self.home.outbox.glob("*")]
        return stored + [each.name for each in self.home.reports.glob("*")]


class Blank(http.server.BaseHTTPRequestHandler):
    """Serves an empty page, in which the tests then do what a hostile one would."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>evil</title>")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def victim(
    shell: Shell, install: Callable[..., None], tab: Callable[..., Page], tmp_path: Path
) -> Iterator[Victim]:
    """Start the tool and a server of hostile pages, and open both in one browser."""
    install(make_tool(tmp_path, "careless", CARELESS))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = tab()
    with served(shell, "careless") as tool:
        yield Victim(tool, shell.home, page, tab(page.context), server.server_port)
    server.shutdown()
    server.server_close()


HOSTILE = ("another site", "another port", "a name pointed here")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_cannot_answer(victim: Victim, name: str) -> None:
    """A form or a request of its own, with the token guessed, empty or even right, does nothing."""
    victim.page.goto(f"{victim.url}/crash")
    right = token(victim.page)
    for guess in ("", "0" * 32, right):
        evil = victim.hostile(name)
        evil.evaluate(
            """([url, token]) => {
              const form = document.createElement("form");
              form.method = "post";
              form.action = url;
              for (const [name, value] of [["token", token], ["answer", "yes"]]) {
                const input = document.createElement("input");
                [input.name, input.value] = [name, value];
                form.append(input);
              }
              document.body.append(form);
              form.submit();
            }""",
            [f"{victim.url}/telemetry-hook/answer", guess],
        )
        evil.wait_for_url("**/telemetry-hook/answer")
        assert "Nothing was done" in evil.inner_text("body")
        evil = victim.hostile(name)
        evil.evaluate(
            """([urls, token]) => Promise.all(urls.map((url) => fetch(url, {
              method: "POST", mode: "no-cors", credentials: "include",
              body: new URLSearchParams({token, answer: "yes"}),
            }).catch(() => {})))""",
            [[f"{victim.url}/telemetry-hook/answer", "/telemetry-hook/answer"], guess],
        )
    assert victim.reports() == []
    victim.page.reload()
    assert token(victim.page) == right


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_cannot_read(victim: Victim, name: str) -> None:
    """Neither the question nor a page that asks it, nor what a script needs to tell of errors."""
    victim.page.goto(f"{victim.url}/")
    victim.page.goto(f"{victim.url}/crash")
    evil = victim.hostile(name)
    paths = ["/crash", *(f"/telemetry-hook/{each}" for each in ("question", "title", "script.js"))]
    for base in (victim.url, ""):
        for path in paths:
            for mode, credentials in itertools.product(
                ("cors", "no-cors", "same-origin"), ("include", "omit")
            ):
                text = evil.evaluate(
                    """([url, mode, credentials]) => fetch(url, {
                      mode, credentials, headers: {Accept: "text/html"},
                    }).then((got) => got.text(), () => "")""",
                    [base + path, mode, credentials],
                )
                assert "has crashed" not in text
                assert not re.search("[0-9a-f]{32}", text), text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_cannot_frame(victim: Victim, name: str) -> None:
    """Within a frame, where a click could be led astray, there is no question."""
    evil = victim.hostile(name)
    addresses = [
        f"{base}/{path}"
        for path in ("crash", "telemetry-hook/question")
        for base in (victim.url, f"http://evil.example:{victim.server.port}")
    ]
    for is_open in (False, True):
        if is_open:
            victim.page.goto(f"{victim.url}/crash")
            assert token(victim.page)
        evil.evaluate(
            """(urls) => Promise.all(urls.map((url) => new Promise((done) => {
              const frame = document.createElement("iframe");
              frame.onload = done;
              frame.src = url;
              document.body.append(frame);
            })))""",
            addresses,
        )
    assert [each for each in evil.frames if "has crashed" in each.content()] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_cannot_include_the_script(victim: Victim, name: str) -> None:
    """As a script of its own, ours does not load, so nobody learns what its messages are known by."""
    victim.page.goto(f"{victim.url}/")
    for base in (victim.url, ""):
        came = victim.hostile(name).evaluate(
            """(url) => new Promise((done) => {
              const script = document.createElement("script");
              script.onload = () => done("loaded");
              script.onerror = () => done("refused");
              script.src = url;
              document.head.append(script);
            })""",
            f"{base}/telemetry-hook/script.js" if base or "pointed" in name else victim.url,
        )
        assert came == "refused"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_cannot_make_a_report(victim: Victim, shell: Shell, name: str) -> None:
    """Under an *always*, what it makes fail is not reported; what the user opens themselves is."""
    assert shell.run("telemetry-hook", "always", "careless").returncode == 0
    evil = victim.hostile(name)
    bases = [victim.url, f"http://evil.example:{victim.server.port}"]
    evil.evaluate(
        """async (bases) => {
          for (const url of bases.map((base) => `${base}/crash`)) {
            const loaded = (tag, attribute, more) => new Promise((done) => {
              const each = Object.assign(document.createElement(tag), more);
              each.onload = each.onerror = done;
              each[attribute] = url;
              document.body.append(each);
              setTimeout(done, 1500);
            });
            await Promise.all([
              loaded("img", "src"),
              loaded("img", "src", {referrerPolicy: "no-referrer"}),
              loaded("script", "src"),
              loaded("link", "href", {rel: "stylesheet"}),
              loaded("iframe", "src"),
              loaded("object", "data"),
              ...["cors", "no-cors"].flatMap((mode) => ["GET", "POST"].map((method) => fetch(url, {
                mode, method, credentials: "include", referrerPolicy: "no-referrer",
              }).catch(() => {}))),
            ]);
            navigator.sendBeacon(url, "");
          }
        }""",
        bases,
    )
    for url in (f"{base}/crash" for base in bases):
        for more in ("", ", '_blank', 'noreferrer'"):
            with evil.context.expect_page() as opened:
                evil.evaluate(f"(url) => {{ open(url{more}); }}", url)
            opened.value.wait_for_load_state()
            opened.value.close()
        for method in ("get", "post"):
            with evil.expect_navigation():
                evil.evaluate(
                    """([url, method]) => {
                      const form = Object.assign(document.createElement("form"), {
                        method, action: url,
                      });
                      document.body.append(form);
                      form.submit();
                    }""",
                    [url, method],
                )
            evil = victim.hostile(name)
        with evil.expect_navigation():
            evil.evaluate("(url) => { setTimeout(() => { location.href = url; }); }", url)
        evil = victim.hostile(name)
    assert victim.reports() == []

    victim.page.goto(f"{victim.url}/crash")
    assert "as you said always" in victim.page.inner_text("body")
    until(victim.home.received)
