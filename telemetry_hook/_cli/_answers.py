"""`status`, `ask`, `always` and `never`: what would happen, and the standing answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from telemetry_hook import _facts
from telemetry_hook._consent import answers, rules
from telemetry_hook._consent import policy as _policy
from telemetry_hook._errors import PluginError, TelemetryHookError
from telemetry_hook._installed import attribution
from telemetry_hook._outbox import store
from telemetry_hook._plugins import Plugin
from telemetry_hook.declare import TOOL_NAME
from telemetry_hook.receivers import host_of

if TYPE_CHECKING:
    from pathlib import Path

    from telemetry_hook._consent.rules import Decision
    from telemetry_hook._installed.attribution import Registration

WOULD = {"send": "would send", "ask": "would ask", "discard": "would do nothing"}

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")


@dataclass(frozen=True)
class Standing:
    """A registered tool and what would happen if it crashed here; `error` for a broken plugin."""

    registration: Registration
    plugin: Plugin | None
    decision: Decision | None
    error: str

    @property
    def name(self) -> str:
        """The tool's name; the package's where the plugin cannot tell."""
        return self.plugin.tool.name if self.plugin else self.registration.package


def standings() -> list[Standing]:
    """Return every registered tool of this environment with what would happen."""
    found = []
    policy = _policy.load()
    for registration in attribution.registrations():
        try:
            plugin = Plugin(registration, policy)
        except PluginError as error:
            found.append(Standing(registration, None, None, str(error)))
            continue
        found.append(Standing(registration, plugin, _facts.decision(plugin), ""))
    return sorted(found, key=lambda each: each.name)


@click.command()
@click.argument("tool", required=False)
@as_json
def status(tool: str | None, is_json: bool) -> None:
    """Tell what would happen if a tool crashed here, and why."""
    found = [each for each in standings() if tool in (None, each.name)]
    if tool is not None and not found:
        raise TelemetryHookError(
            f"no tool {tool} is registered here; `telemetry-hook status` lists them"
        )
    if is_json:
        click.echo(json.dumps([_as_json(each) for each in found], indent=2))
        return
    if not found:
        click.echo("No tool in this environment asks for crash reports.")
    for number, each in enumerate(found):
        click.echo("\n" * (number > 0) + "\n".join(_told(each)))
    _tell_damaged()


@click.command()
@click.argument("tool", required=False)
@click.option("--all", "is_all", is_flag=True, help="Clear `never --all`.")
def ask(tool: str | None, is_all: bool) -> None:
    """Clear a standing answer: the tool asks at its next crash."""
    name = _one_of(tool, is_all)
    _say_set_aside(answers.save_answer(name, "ask"))
    if is_all:
        click.echo("`never --all` is cleared; answers for single tools stay.")
        return
    click.echo(f"{name} has no standing answer now.")
    if count := store.ask_again(name):
        click.echo(f"What was pending is kept for `telemetry-hook review`: {count}.")
    if (why := rules.forbidden_by(os.environ)) is not None:
        click.echo(f"But {why} is set here, so it neither asks nor sends.")
    elif (why := _policy.load().forbids(name)) is not None:
        click.echo(f"But {why}, so it neither asks nor sends.")
    _tell_never_all()


@click.command()
@click.argument("tool")
def always(tool: str) -> None:
    """Send a tool's reports without asking, as long as it asks for the same."""
    plugin = plugin_of(tool)
    declared = plugin.tool
    scope = answers.scope_of(declared, plugin.registration)
    _say_set_aside(answers.save_answer(tool, "always", scope))
    click.echo(
        f"{tool} will send its reports to {declared.publisher} ({host_of(declared.receiver.address)})."
    )
    click.echo(f"To stop: telemetry-hook never {tool}")
    _tell_never_all()
    policy = _policy.load()
    if (why := rules.forbidden_by(os.environ)) is not None:
        click.echo(f"But {why} is set here, so nothing is sent.")
    elif (why := policy.forbids(tool)) is not None:
        click.echo(f"But {why}, so nothing is sent.")
    elif policy.of(tool).mode == "ask":
        click.echo("But your administrator wants you to be asked each time, so it asks.")


@click.command()
@click.argument("tool", required=False)
@click.option("--all", "is_all", is_flag=True, help="For every tool, now and later.")
def never(tool: str | None, is_all: bool) -> None:
    """Never ask and never send; what is not sent yet is discarded."""
    name = _one_of(tool, is_all)
    if not is_all and name not in {each.name for each in standings()}:
        click.echo(f"No tool {name} is registered here; the answer is saved all the same.")
    _say_set_aside(answers.save_answer(name, "never"))
    store.tidy()
    count = store.discard_all(None if is_all else name, "you said never")
    click.echo(f"{_title(name)} will never ask." + (f" Discarded: {count}." if count else ""))
    click.echo(f"To undo: telemetry-hook ask {'--all' if is_all else name}")


def plugin_of(tool: str) -> Plugin:
    """Return a registered tool's plugin, joined by those of its family that are installed.

    Raises:
        TelemetryHookError: there is none of that name, or it cannot be loaded.
    """
    found = next((each for each in standings() if each.name == tool), None)
    if found is None or found.plugin is None:
        why = found.error if found else f"no tool {tool} is registered here"
        raise TelemetryHookError(f"{why}; `telemetry-hook status` shows those that are")
    for member in attribution.family(found.registration, found.plugin.tool.family):
        found.plugin.join(member)
    return found.plugin


def _told(each: Standing) -> list[str]:
    """Return what would happen first, then why, where that is set, and how to change it."""
    if each.plugin is None or each.decision is None:
        return [f"{each.name}: would do nothing: {each.error}"]
    tool, decision = each.plugin.tool, each.decision
    without = f", without {', '.join(sorted(decision.withheld))}" if decision.withheld else ""
    return [
        f"{each.name}: {WOULD[decision.action]}{without}: {decision.reason}",
        f"  set in  {decision.where or 'nothing; asking is the default'}",
        f"  change  {decision.change}",
        f"  tool    {each.registration.distribution.name}, {tool.phase}; {tool.purpose}",
        f"  to      {tool.publisher}, {host_of(tool.receiver.address)}",
    ]


def _say_set_aside(path: Path | None) -> None:
    if path is not None:
        click.echo(f"The saved answers were damaged; they are kept as {path}")


def _tell_never_all() -> None:
    if answers.ALL_TOOLS in answers.load_answers().by_tool:
        click.echo("But `never --all` still holds; `telemetry-hook ask --all` clears it.")


def _one_of(tool: str | None, is_all: bool) -> str:
    if is_all == (tool is not None):
        raise click.UsageError("name one TOOL, or give --all")
    if tool is not None and not TOOL_NAME.fullmatch(tool):
        raise click.UsageError(f"{tool!r} is no tool's name; for every tool, give --all")
    return tool or answers.ALL_TOOLS


def _title(name: str) -> str:
    return "Every tool" if name == answers.ALL_TOOLS else name


def _tell_damaged() -> None:
    try:
        answers.load_answers()
    except answers.DamagedAnswersError as error:
        click.echo(f"telemetry-hook: {error}", err=True)


def _as_json(each: Standing) -> dict[str, str | None]:
    tool = each.plugin.tool if each.plugin else None
    return {
        "tool": each.name,
        "distribution": each.registration.distribution.name,
        "plugin": each.registration.plugin.name,
        "publisher": tool.publisher if tool else None,
        "receiver": tool.receiver.address if tool else None,
        "phase": tool.phase if tool else None,
        "action": each.decision.action if each.decision else "discard",
        "reason": each.decision.reason if each.decision else each.error,
        "set_in": each.decision.where if each.decision else "",
        "change": each.decision.change if each.decision else "",
    }
