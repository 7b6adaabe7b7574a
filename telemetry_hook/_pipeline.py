"""A crash's way through the house: the one page that knows the order.

Is it ours? May we ask? What happened? What may be told? In whose words? Will you? Keep it safe.
Send it. Each step is a module that knows none of the others; what comes before the plugin is
loaded is cheap, so that a crash which is nobody's costs next to nothing.
"""

from __future__ import annotations

from telemetry_hook._installed import attribution

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.answers import Answer
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook._plugins import Plugin
    from telemetry_hook._redact.raw_report import Report
    from telemetry_hook._report import RedactedReport
    from telemetry_hook.receivers import Request

DROPPED = (
    "telemetry-hook: there is no report of this crash, and nothing was sent: {error}. "
    "That is a bug of telemetry-hook itself; please report it to its makers.\n"
)


def run(crash: Crash, noted: set[tuple[str, str]]) -> None:
    """See a crash through at the end of its program, with the features in use that were noted."""
    program = attribution.program()
    registration = program or attribution.origin_of(type(crash.exception))
    if registration is None:
        return
    import os

    from telemetry_hook._consent import rules

    if rules.forbidden_here(os.environ) is not None:
        return
    from telemetry_hook._errors import StorageError

    try:
        _ours(crash, noted, registration, died=program is not None)
    except StorageError:
        return  # the answers cannot be read: `telemetry-hook status` tells why


def _ours(
    crash: Crash, noted: set[tuple[str, str]], registration: Registration, *, died: bool
) -> None:
    import os

    from telemetry_hook import _actions, _facts
    from telemetry_hook._ask.terminal import say
    from telemetry_hook._contained import stop_timers
    from telemetry_hook._errors import GateError

    process = os.getpid()
    stop_timers()
    plugin = load(crash, registration, os.environ)
    if plugin is None or not (died or _is_internal(crash, plugin)):
        return
    try:
        case = examine(crash, noted, plugin, os.environ, _facts.unaskable(plugin))
    except GateError as error:
        say(DROPPED.format(error=error))
        raise
    if case is None or os.getpid() != process:
        return  # a fork that the plugin has made
    if case.decision.action == "discard":
        say(f"telemetry-hook: {case.decision.reason}; not again.\n")
    elif case.decision.action == "send":
        _actions.send_always(case.question, case.decision, say)
    else:
        _actions.follow(_ask(case.question, plugin), case.question, case.facts, say)
    _tell_author(plugin)


class Case:
    """A crash up to the question: what would be asked, what decides, and what was decided.

    A decision to discard has its reason in an earlier report of the same crash.
    """

    __slots__ = ("decision", "facts", "question")

    def __init__(self, question: Question, facts: Facts, decision: Decision) -> None:
        self.question = question
        self.facts = facts
        self.decision = decision


def load(crash: Crash, registration: Registration, environment: Mapping[str, str]) -> Plugin | None:
    """Return a tool's plugin, joined by its family's; None where nothing could come of it.

    Raises:
        StorageError: the answers cannot be read.
    """
    from telemetry_hook import _facts
    from telemetry_hook._consent import policy as _policy
    from telemetry_hook._errors import PluginError
    from telemetry_hook._plugins import Plugin

    policy = _policy.load()
    if _facts.is_every_tool_discarded(environment, policy):
        return None
    try:
        plugin = Plugin(registration, policy)
    except PluginError:
        return None  # `telemetry-hook doctor` tells which, and why
    join_family(plugin, crash)
    return plugin


def join_family(plugin: Plugin, crash: Crash) -> None:
    """Let those of a tool's family contribute whose code was running."""
    files = crash.files() if plugin.tool.family else ()
    for member in attribution.family(plugin.registration, plugin.tool.family):
        if any(map(member.covers, files)):
            plugin.join(member)


def examine(
    crash: Crash,
    noted: set[tuple[str, str]],
    plugin: Plugin,
    environment: Mapping[str, str],
    unaskable: str | None,
) -> Case | None:
    """Decide about a crash of a plugin's tool; None where it is not to be told of.

    Raises:
        GateError: something private was about to be in the report.
        StorageError: the answers cannot be read.
    """
    from telemetry_hook import _facts
    from telemetry_hook._consent import rules

    facts = _facts.about(plugin, environment, unaskable)
    decision = rules.decide(facts)
    if decision.action == "discard" or plugin.is_expected(crash):
        return None
    question = _question(crash, noted, plugin, decision)
    facts = _facts.with_earlier(facts, question.report)
    return Case(question, facts, rules.decide(facts))


def _tell_author(plugin: Plugin) -> None:
    """Say what the plugin did wrong, where the person at the terminal is the one who wrote it."""
    from telemetry_hook._ask.terminal import say, why_unaskable

    if plugin.registration.plugin.editable_root is not None and why_unaskable() is None:
        for failure in plugin.failures:
            say(f"telemetry-hook: {failure}\n")


def _is_internal(crash: Crash, plugin: Plugin) -> bool:
    from telemetry_hook._crash import guarded

    kinds = guarded.mro(type(crash.exception))
    return not {f"{guarded.module(kind)}.{guarded.qualname(kind)}" for kind in kinds}.isdisjoint(
        plugin.tool.internal_errors
    )


def _question(
    crash: Crash, noted: set[tuple[str, str]], plugin: Plugin, decision: Decision
) -> Question:
    import hashlib

    from telemetry_hook._ask.question import Question
    from telemetry_hook._redact import raw_report

    attributes = {
        name: value
        for name, value in plugin.attributes(crash, noted).items()
        if name not in decision.withheld
    }
    registration = plugin.registration
    raw = raw_report.build(crash, registration, plugin.tool, attributes)
    redacted, request = finish(raw)
    return Question(
        tool=plugin.tool,
        report=redacted,
        request=request,
        sha256=hashlib.sha256(request.body).hexdigest(),
        plugin=registration.plugin.name if registration.is_foreign else None,
        why=decision.reason if decision.where else None,
    )


def finish(raw: Report) -> tuple[RedactedReport, Request]:
    """Redact a report and put it in the receiver's words, within bounds and past the last gate.

    Raises:
        Exception: there must be no report.
    """
    import os

    from telemetry_hook import _gate, receivers
    from telemetry_hook._redact import redaction as _redact
    from telemetry_hook._report import MAX_BYTES

    receiver = raw.tool.receiver
    redaction = _redact.redact(raw)
    for report in _redact.lighter(redaction.report):
        request = receivers.encode(receiver, report)
        if len(request.body) <= MAX_BYTES:
            break
    private = _gate.private_texts(raw.crash, redaction.swallowed, os.environ)
    _gate.check(request, receiver, report, private)
    return report, request


def _ask(question: Question, plugin: Plugin) -> Answer:
    from telemetry_hook._ask import prompt, terminal
    from telemetry_hook._ask.question import ANSWERS

    if plugin.asks:
        answer = plugin.ask(question)
        if answer in ANSWERS:
            return answer
        if answer is not None or terminal.why_unaskable() is not None:
            return "no"
    return prompt.ask(question)
