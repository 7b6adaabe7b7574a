"""Plugins: what they declare and add is checked, and their failures are contained."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from telemetry_hook._consent.policy import Policy
from telemetry_hook._crash.capture import capture
from telemetry_hook._errors import PluginError
from telemetry_hook._installed.attribution import Registration
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._plugins import Plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Load = Callable[..., Plugin]

CRASH = capture(ValueError(), "excepthook")
START = "import sys\nfrom telemetry_hook import *\nfrom telemetry_hook import hookimpl\n"
TOOL = """
@hookimpl
def telemetry_tool():
    return Tool(
        name="{name}", publisher="Acme Ltd", purpose="to fix bugs",
        receiver=HttpsReceiver("https://errors.acme.example/"), attributes=({attributes}),
    )
"""
MODELS = 'Count("schema.models", "How many models"),'
FEATURES = 'Features("lift.features", "Parts that were used", ("plan", "apply")),'


class Site:
    """A site directory with plugins in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(
        self, source: str, package: str = "acme_lift", *, is_recorded: bool = True
    ) -> Registration:
        """Install a package whose module `telemetry` has this source."""
        folder = self.directory / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        (folder / "telemetry.py").write_text(START + source)
        info = self.directory / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        files = (f"{package}/__init__.py", f"{package}/telemetry.py") if is_recorded else ()
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        distribution = Distribution(str(self.directory), info.name)
        return Registration(package, f"{package}.telemetry", distribution, distribution)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield Site(tmp_path)
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("acme_lift", "acme_photon"):
            del sys.modules[name]


def declares(attributes: str = "", name: str = "lift") -> str:
    return TOOL.format(attributes=attributes, name=name)


def gives(values: str) -> str:
    return f"\n@hookimpl\ndef telemetry_attributes(crash):\n    return {values}\n"


def load(site: Site, source: str) -> Plugin:
    return Plugin(site.write(source), Policy())


def failures(plugin: Plugin) -> list[str]:
    """Return the failures without what all of them begin with."""
    begin = "the plugin 'acme_lift.telemetry' for acme_lift, from acme_lift: "
    texts = [str(failure) for failure in plugin.failures]
    assert all(text.startswith(begin) for text in texts)
    return [text.removeprefix(begin) for text in texts]


def test_a_plugin_declares_its_tool(site: Site) -> None:
    plugin = load(site, declares(MODELS))
    assert plugin.tool.name == "lift"
    assert [declared.name for declared in plugin.tool.attributes] == ["schema.models"]
    assert not plugin.asks
    assert plugin.attributes(CRASH, set()) == {}
    assert failures(plugin) == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("raise OSError('no disk')", "cannot be loaded: OSError: no disk"),
        ("sys.exit(3)", "cannot be loaded: SystemExit: 3"),
        ("import no_such_module_of_acme", "cannot be loaded: ModuleNotFoundError: "),
        ("", "it has no function telemetry_tool with @hookimpl"),
        (
            "@hookimpl\ndef telemetry_tool(): return 'lift'",
            "telemetry_tool returned str, not a Tool",
        ),
        ("@hookimpl\ndef telemetry_tool(): return None", "telemetry_tool returned NoneType"),
        ("@hookimpl\ndef telemetry_tool(): return Tool()", "telemetry_tool failed: TypeError: "),
        ("@hookimpl\ndef telemetry_tool(wrong): pass", "cannot be loaded: PluginValidationError: "),
        (f"{declares()}\n@hookimpl\ndef telemetry_toool(): pass", "cannot be loaded: "),
    ],
)
def test_a_broken_plugin_is_an_error_with_the_reason(site: Site, source: str, text: str) -> None:
    with pytest.raises(PluginError) as raised:
        load(site, source)
    assert f"from acme_lift: {text}" in str(raised.value)


def test_ctrl_c_is_the_users(site: Site) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(site, "raise KeyboardInterrupt")


def test_a_module_that_the_distribution_does_not_record_is_no_plugin(site: Site) -> None:
    registration = site.write(declares(), is_recorded=False)
    with pytest.raises(PluginError, match="was not found in the distribution that registers it"):
        Plugin(registration, Policy())


def test_a_package_of_that_name_from_elsewhere_is_not_taken(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor: Any = type(sys)("acme_lift")
    impostor.__file__ = str(site.directory / "elsewhere" / "acme_lift.py")
    monkeypatch.setitem(sys.modules, "acme_lift", impostor)
    assert load(site, declares()).tool.name == "lift"


def test_only_declared_attributes_of_their_kind_are_taken(site: Site) -> None:
    given = "{'schema.models': 1234, 'lift.features': 'plan', 'secret': 'hunter2'}"
    plugin = load(site, declares(MODELS + FEATURES) + gives(given))
    assert plugin.attributes(CRASH, set()) == {"schema.models": 1200}
    undeclared, wrong = failures(plugin)
    assert undeclared == "not declared: secret"
    assert wrong.startswith("attribute lift.features: ")
    assert "hunter2" not in f"{undeclared}{wrong}"


@pytest.mark.parametrize("given", ["None", "{}", "{'schema.models': None}"])
def test_a_plugin_need_not_add_anything(site: Site, given: str) -> None:
    plugin = load(site, declares(MODELS) + gives(given))
    assert plugin.attributes(CRASH, set()) == {}
    assert failures(plugin) == []


@pytest.mark.parametrize("given", ["7", "['schema.models']", "1 / 0", "sys.exit()"])
def test_attributes_that_fail_are_left_out(site: Site, given: str) -> None:
    plugin = load(site, declares(MODELS) + gives(given))
    assert plugin.attributes(CRASH, set()) == {}
    [failure] = failures(plugin)
    assert failure.startswith("telemetry_attributes failed: ")


@pytest.mark.parametrize("given", ["None", "{'lift.features': 'plan'}"])
def test_noted_features_are_added(site: Site, given: str) -> None:
    plugin = load(site, declares(FEATURES) + gives(given))
    noted = {("lift.features", "apply"), ("other.features", "plan")}
    assert plugin.attributes(CRASH, noted) == {"lift.features": ("apply",)}
    assert failures(plugin) == []


def test_noted_features_join_those_that_the_plugin_returns(site: Site) -> None:
    plugin = load(site, declares(FEATURES) + gives("{'lift.features': ['plan']}"))
    values = plugin.attributes(CRASH, {("lift.features", "apply")})
    assert set(values["lift.features"]) == {"apply", "plan"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("returned", "expected"), [("True", True), ("False", False), ("None", False), ("1", False)]
)
def test_an_exception_is_expected_if_the_plugin_returns_true(
    site: Site, returned: str, expected: bool
) -> None:
    hook = f"@hookimpl\ndef telemetry_is_expected(crash): return {returned}\n"
    assert load(site, declares() + hook).is_expected(CRASH) is expected


def test_an_exception_is_a_crash_if_the_plugin_fails(site: Site) -> None:
    plugin = load(site, declares() + "@hookimpl\ndef telemetry_is_expected(crash): return 1 / 0\n")
    assert plugin.is_expected(CRASH) is False
    assert failures(plugin) == ["telemetry_is_expected failed: ZeroDivisionError: division by zero"]


def test_what_a_plugin_prints_is_not_seen(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    noise = "print('out')\nprint('err', file=sys.stderr)\n"
    hook = "@hookimpl\ndef telemetry_is_expected(crash):\n" + textwrap.indent(noise, "    ")
    load(site, noise + declares() + hook).is_expected(CRASH)
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no alarm signal on Windows")
def test_a_plugin_that_hangs_is_ended(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # Above: `_contained` has its limit as a default, so the limit of loading is changed here.
    monkeypatch.setattr("telemetry_hook._plugins.LOADING", 0.05)
    with pytest.raises(PluginError, match=r"cannot be loaded: no answer within 0\.05 seconds"):
        load(
            site,
            "while True:\n    try:\n        import time; time.sleep(9)\n    except Exception: 0\n",
        )


def test_a_plugin_that_asks_gets_the_question_and_its_answer_is_returned(site: Site) -> None:
    hook = "@hookimpl\ndef telemetry_ask(report, tool): return f'{report} {tool.name}'\n"
    plugin = load(site, declares() + hook)
    question: Any = type("Question", (), {"report": "report"})()
    assert plugin.asks
    assert plugin.ask(question) == "report lift"


def test_a_plugin_that_fails_to_ask_returns_none(site: Site) -> None:
    plugin = load(site, declares() + "@hookimpl\ndef telemetry_ask(report, tool): 1 / 0\n")
    question: Any = type("Question", (), {"report": "report"})()
    assert plugin.ask(question) is None
    assert len(plugin.failures) == 1


def test_a_family_member_adds_its_attributes_but_no_name_twice(site: Site) -> None:
    plugin = load(site, declares(MODELS) + gives("{'schema.models': 1}"))
    attributes = 'Flag("schema.models", "Another kind"), Flag("photon.is_on", "On"),'
    member = declares(attributes, "photon") + gives("{'schema.models': True, 'photon.is_on': True}")
    plugin.join(site.write(member, "acme_photon"))
    kinds = {declared.name: type(declared).__name__ for declared in plugin.tool.attributes}
    assert kinds == {"schema.models": "Count", "photon.is_on": "Flag"}
    assert plugin.attributes(CRASH, set()) == {"schema.models": 1, "photon.is_on": True}
    assert plugin.failures == []


def test_a_broken_family_member_is_noted_and_left_out(site: Site) -> None:
    plugin = load(site, declares(MODELS) + gives("{'schema.models': 1}"))
    plugin.join(site.write("1 / 0", "acme_photon"))
    assert plugin.attributes(CRASH, set()) == {"schema.models": 1}
    [failure] = plugin.failures
    assert "acme_photon" in str(failure)


def test_failures_of_family_members_are_collected(site: Site) -> None:
    plugin = load(site, declares(MODELS))
    plugin.join(site.write(declares("", "photon") + gives("1 / 0"), "acme_photon"))
    plugin.attributes(CRASH, set())
    [failure] = plugin.failures
    assert "acme_photon" in str(failure)
    assert "division by zero" in str(failure)
