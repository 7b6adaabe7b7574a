"""`status`, `ask`, `always` and `never`: show what would happen, and change standing answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from telemetry_hook import _facts, _invocation
from telemetry_hook._consent import answers, rules
from telemetry_hook._consent import policy as _policy
from telemetry_hook._errors import PluginError, TelemetryHookError
from telemetry_hook._installed import attribution
from telemetry_hook._outbox import quotas, states
from telemetry_hook._plugins import Plugin
from telemetry_hook.declare import TOOL_NAME
from telemetry_hook.receivers import host_of

if TYPE_CHECKING:
    from pathlib import Path

    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._installed.attribution import Registration

WOULD = {"send": "would send", "ask": "would ask", "discard": "would do nothing"}

as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON.")


@dataclass(frozen=True)
class Standing:
    """A registered tool, and what would happen if it crashed here.

    `error` says why the tool's plugin cannot be loaded. It is empty if the plugin is loaded.
    """

    registration: Registration
    plugin: Plugin | None
    decision: Decision | None
    error: str

    @property
    def name(self) -> str:
        """The tool's name, or the package's name if the plugin cannot be loaded."""
        return self.plugin.tool.name if self.plugin else self.registration.package


def standings() -> list[Standing]:
    """Return every registered tool in this environment, with what would happen if it crashed."""
    tools = []
    policy = _policy.load()
    for registration in attribution.registrations():
        try:
            plugin = Plugin(registration, policy)
        except PluginError as error:
            tools.append(Standing(registration, None, None, str(error)))
            continue
        tools.append(Standing(registration, plugin, _facts.decision(plugin), ""))
    return sorted(tools, key=lambda tool: tool.name)


@click.command()
@click.argument("tool", required=False)
@as_json
def status(tool: str | None, is_json: bool) -> None:
    """Show what would happen if a tool crashed here, and why."""
    shown = [standing for standing in standings() if tool in (None, standing.name)]
    if tool is not None and not shown:
        raise _not_registered(tool)
    if is_json:
        click.echo(json.dumps([_as_json(standing) for standing in shown], indent=2))
        return
    if not shown:
        click.echo("No tool in this environment asks for crash reports.")
    for number, standing in enumerate(shown):
        click.echo("\n" * (number > 0) + "\n".join(_lines(standing)))
    _warn_of_damage()


@click.command()
@click.argument("tool", required=False)
@click.option("--all", "is_all", is_flag=True, help="Clear `never --all`.")
def ask(tool: str | None, is_all: bool) -> None:
    """Clear a standing answer: the tool asks at its next crash."""
    name = _one_of(tool, is_all)
    _print_set_aside(answers.clear(name))
    if is_all:
        click.echo("`never --all` is cleared; answers for single tools stay.")
        return
    click.echo(f"{name} has no standing answer now.")
    if count := states.ask_again(name):
        review = _invocation.command("review")
        click.echo(f"Pending reports that are now kept for `{review}`: {count}.")
    _print_limit(_facts.about_name(name))


@click.command()
@click.argument("tool")
def always(tool: str) -> None:
    """Send a tool's reports without asking.

    If its receiver, phase or attributes change, it asks again.
    """
    plugin = plugin_of(tool)
    declared = plugin.tool
    scope = answers.scope_of(declared, plugin.registration)
    _print_set_aside(answers.save_always(tool, scope))
    click.echo(
        f"{tool} will send its reports to {declared.publisher} ({host_of(declared.receiver.address)})."
    )
    click.echo(_invocation.rendered("To stop: ", ("never", tool)))
    _print_limit(_facts.about_name(tool))


@click.command()
@click.argument("tool", required=False)
@click.option("--all", "is_all", is_flag=True, help="For every tool, now and later.")
def never(tool: str | None, is_all: bool) -> None:
    """Never ask and never send. Reports that are not sent yet are discarded."""
    name = _one_of(tool, is_all)
    if not is_all and name not in {standing.name for standing in standings()}:
        click.echo(f"The tool {name} is not registered here; the answer is saved anyway.")
    _print_set_aside(answers.save_never(name))
    click.echo(f"{_title(name)} will never ask.")
    click.echo(_invocation.rendered("To undo: ", ("ask", "--all" if is_all else name)))
    quotas.tidy()
    count, left = states.discard_all(None if is_all else name, "you said never")
    if count:
        click.echo(f"Discarded: {count}.")
    if left:
        click.echo(f"In use, so not discarded; one that is just being sent may arrive: {left}.")


def plugin_of(tool: str) -> Plugin:
    """Return a registered tool's plugin, joined with the plugins of the packages in its `family`.

    Raises:
        TelemetryHookError: no registered tool has that name, or its plugin cannot be loaded.
    """
    standing = next((standing for standing in standings() if standing.name == tool), None)
    if standing is None:
        raise _not_registered(tool)
    if standing.plugin is None:
        raise TelemetryHookError(standing.error)
    for member in attribution.family(standing.registration, standing.plugin.tool.family):
        standing.plugin.join(member)
    return standing.plugin


def _not_registered(tool: str) -> TelemetryHookError:
    return TelemetryHookError(
        f"the tool {tool} is not registered here; "
        f"`{_invocation.command('status')}` lists those that are"
    )


def _lines(standing: Standing) -> list[str]:
    """Return lines with the action, its reason, where this is set, and how to change it."""
    if standing.plugin is None or standing.decision is None:
        return [f"{standing.name}: would do nothing: {standing.error}"]
    tool, decision = standing.plugin.tool, standing.decision
    without = f", without {', '.join(sorted(decision.withheld))}" if decision.withheld else ""
    return [
        f"{standing.name}: {WOULD[decision.action]}{without}: {decision.reason}",
        f"  set in  {decision.where or 'no file or variable; asking is the default'}",
        _invocation.rendered("  change  ", *decision.change),
        f"  tool    {standing.registration.distribution.name}, {tool.phase}; {tool.purpose}",
        f"  to      {tool.publisher}, {host_of(tool.receiver.address)}",
    ]


def _print_set_aside(path: Path | None) -> None:
    if path is not None:
        click.echo(f"The saved answers were damaged. The damaged file is kept as {path}")


def _print_limit(facts: Facts) -> None:
    """If a prohibition or a limit overrides the answer just saved or cleared, print its reason."""
    decision = rules.first(facts, "prohibition", "limit")
    if decision is not None:
        effect = "still asks" if decision.action == "ask" else "neither asks nor sends"
        click.echo(f"But {decision.reason}, so the tool {effect}.")
        click.echo(_invocation.rendered("To change this: ", *decision.change))


def _one_of(tool: str | None, is_all: bool) -> str:
    if is_all == (tool is not None):
        raise click.UsageError("name one TOOL, or give --all")
    if tool is not None and not TOOL_NAME.fullmatch(tool):
        raise click.UsageError(
            f"{tool!r} is not a valid name of a tool; for every tool, give --all"
        )
    return tool or answers.ALL_TOOLS


def _title(name: str) -> str:
    return "Every tool" if name == answers.ALL_TOOLS else name


def _warn_of_damage() -> None:
    try:
        answers.load_answers()
    except answers.DamagedAnswersError as error:
        click.echo(f"telemetry-hook: {error}", err=True)


def _as_json(standing: Standing) -> dict[str, str | None]:
    tool = standing.plugin.tool if standing.plugin else None
    decision = standing.decision
    return {
        "tool": standing.name,
        "distribution": standing.registration.distribution.name,
        "plugin": standing.registration.plugin.name,
        "publisher": tool.publisher if tool else None,
        "receiver": tool.receiver.address if tool else None,
        "phase": tool.phase if tool else None,
        "action": decision.action if decision else "discard",
        "reason": decision.reason if decision else standing.error,
        "set_in": decision.where if decision else "",
        "change": _invocation.joined(*decision.change) if decision else "",
    }
