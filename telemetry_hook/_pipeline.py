"""Takes a crash through attribution, consent, redaction, encoding, gate, question and outbox.

This is the only module that knows the order. An `Asker` asks the question, on the terminal or in a
page. Everything that runs before the plugin is loaded is cheap, so an unattributed crash costs
almost nothing.
"""

from telemetry_hook._installed import attribution, changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from telemetry_hook._ask.question import Question
    from telemetry_hook._consent.rules import Decision, Facts
    from telemetry_hook._crash.crash import Crash
    from telemetry_hook._installed.attribution import Registration
    from telemetry_hook._installed.distributions import Distribution
    from telemetry_hook._plugins import Plugin
    from telemetry_hook._redact.raw_report import Report
    from telemetry_hook._report import RedactedReport
    from telemetry_hook.receivers import Request

    class Asker(Protocol):
        """Asks a person about a crash, on the terminal or in a web page.

        `environment` contains the variables that the decision depends on. `is_exiting`: this
        process exits after the crash is handled.
        """

        @property
        def environment(self) -> Mapping[str, str]: ...

        @property
        def is_exiting(self) -> bool: ...

        def why_unaskable(self, plugin: Plugin) -> str | None:
            """Return why nobody can be asked, or None if somebody can be asked."""

        def accept(self, case: "Case") -> bool:
            """Accept a crash that was assessed. Return False if it is too late to handle it."""

        def may_send(self) -> bool:
            """Return whether a saved *always* applies to the person who would be asked."""

        def ask(self, case: "Case") -> None:
            """Ask, and carry out the answer when it is given."""

        def write(self, text: str) -> None:
            """Show a line or two of text."""


DROPPED = (
    "telemetry-hook: no report of this crash was made, and nothing was sent: {error}. "
    "This is a bug in telemetry-hook itself; please report it to its maintainers.\n"
)


class Case:
    """A crash that was assessed: the question about it, the facts, and the decision.

    If the decision is to discard, its reason is an earlier report of the same crash.
    """

    __slots__ = ("decision", "facts", "plugin", "question")

    def __init__(
        self, plugin: "Plugin", question: "Question", facts: "Facts", decision: "Decision"
    ) -> None:
        self.plugin = plugin
        self.question = question
        self.facts = facts
        self.decision = decision


class Attributed:
    """A crash and the registration of its tool.

    If `is_program` is True, the program that crashed is the tool, and any exception is a crash of
    the tool. Otherwise only the tool's `internal_errors` are crashes of the tool.
    """

    __slots__ = ("crash", "is_program", "registration")

    def __init__(self, crash: "Crash", registration: "Registration", *, is_program: bool) -> None:
        self.crash = crash
        self.registration = registration
        self.is_program = is_program


def attribute(crash: "Crash") -> "Attributed | None":
    """Attribute the crash that ended this process to a tool.

    Return None if no tool claims the crash.
    """
    program = attribution.program()
    registration = program or attribution.origin_of(type(crash.exception))
    if registration is None:
        return None
    changes.remember()
    return Attributed(crash, registration, is_program=program is not None)


def handle(
    attributed: Attributed, features: set[tuple[str, str]], asker: "Asker"
) -> "Plugin | None":
    """Decide about an attributed crash. Then ask, send, or write that it was reported already.

    `features` are the features that the program has noted as used. Return the plugin if the crash
    was assessed and accepted, or None if it was not.

    Raises:
        Exception: something failed, so there must be no report.
    """
    from telemetry_hook._consent import rules

    if rules.forbidden_here(asker.environment) is not None:
        return None
    from telemetry_hook import _actions
    from telemetry_hook._errors import GateError, StorageError

    crash = attributed.crash
    try:
        plugin = load_plugin(crash, attributed.registration, asker.environment)
        if plugin is None or not (attributed.is_program or _is_internal(crash, plugin)):
            return None
        if not attributed.is_program:
            crash.others = tuple(each for each in crash.others if _is_internal(each, plugin))
        case = assess(crash, features, plugin, asker)
    except StorageError:
        return None  # the answers cannot be read; `telemetry-hook status` shows why
    except GateError as error:
        asker.write(DROPPED.format(error=error))
        raise
    if case is None or not asker.accept(case):
        return None
    decision = case.decision
    if decision.action == "discard":
        asker.write(f"telemetry-hook: {decision.reason}.\n")
    elif decision.action == "send" and asker.may_send():
        is_exiting = asker.is_exiting
        _actions.send_always(case.question, decision, asker.write, is_exiting=is_exiting)
    else:
        asker.ask(case)
    return plugin


def load_plugin(
    crash: "Crash", registration: "Registration", environment: "Mapping[str, str]"
) -> "Plugin | None":
    """Return a tool's plugin, with the plugins of its family joined to it.

    Return None if every crash is discarded here, or if the plugin cannot be loaded.

    Raises:
        StorageError: the answers cannot be read.
    """
    from telemetry_hook import _facts
    from telemetry_hook._consent.policy import load
    from telemetry_hook._errors import PluginError
    from telemetry_hook._plugins import Plugin

    policy = load()
    if _facts.is_every_tool_discarded(environment, policy):
        return None
    try:
        plugin = Plugin(registration, policy)
    except PluginError:  # `telemetry-hook doctor` shows the plugin and the error
        check_unloaded(registration.package, registration.plugin)
        return None
    join_family(plugin, crash)
    return plugin


def check_unloaded(tool: str, plugin: "Distribution | None") -> None:
    """Check whether the plugin of a tool was changed, so that it cannot be loaded.

    Only the plugin knows the tool's name, which the answers are saved for. So `tool` is the name of
    the package, which is mostly the same. If all crashes are discarded, nothing is checked. A `plugin`
    that is None is gone.

    Raises:
        ChangedError: it was upgraded, downgraded or removed.
        StorageError: the answers cannot be read.
    """
    from telemetry_hook import _facts
    from telemetry_hook._consent import rules
    from telemetry_hook._errors import ChangedError

    if rules.decide(_facts.about_name(tool)).action == "discard":
        return
    if plugin is None:
        raise ChangedError(f"{tool} was removed while the program ran")
    changes.check(plugin)


def join_family(plugin: "Plugin", crash: "Crash") -> None:
    """Join the plugin of each family member whose code was running to a tool's plugin."""
    files = crash.files() if plugin.tool.family else ()
    for member in attribution.family(plugin.registration, plugin.tool.family):
        if any(map(member.covers, files)):
            plugin.join(member)


def assess(
    crash: "Crash", features: set[tuple[str, str]], plugin: "Plugin", asker: "Asker"
) -> "Case | None":
    """Decide about a crash and make its report. Return None if there is nothing to do or show.

    Raises:
        ChangedError: the tool was changed while the program ran.
        GateError: something private was about to be in the report.
        StorageError: the answers cannot be read.
        Exception: something failed, so there must be no report.
    """
    from telemetry_hook import _facts
    from telemetry_hook._consent import rules

    facts = _facts.about(plugin, asker.environment, asker.why_unaskable(plugin))
    decision = rules.decide(facts)
    if decision.action == "discard" or plugin.is_expected(crash):
        return None
    crash.others = tuple(other for other in crash.others if not plugin.is_expected(other))
    changes.check(plugin.registration.distribution)
    question = prepare(crash, features, plugin, decision)
    facts = _facts.with_earlier(facts, question.report)
    return Case(plugin, question, facts, rules.decide(facts))


def prepare(
    crash: "Crash",
    features: set[tuple[str, str]],
    plugin: "Plugin",
    decision: "Decision | None" = None,
) -> "Question":
    """Return the question about a crash, with the final bytes of its report.

    Raises:
        Exception: something failed, so there must be no report.
    """
    from telemetry_hook._ask.question import Question
    from telemetry_hook._redact import raw_report

    attributes = plugin.attributes(crash, features)
    for name in () if decision is None else decision.withheld:
        attributes.pop(name, None)
    registration = plugin.registration
    report, request = finish(raw_report.build(crash, registration, plugin.tool, attributes))
    return Question(
        tool=plugin.tool,
        report=report,
        request=request,
        plugin=registration.plugin.name if registration.is_foreign else None,
        why=decision.reason if decision is not None and decision.where else None,
    )


def finish(raw: "Report") -> "tuple[RedactedReport, Request]":
    """Redact a report, encode it for its receiver within the size limit, and check the bytes.

    Raises:
        GateError: something private was about to be in the report.
        ReportSizeError: even the lightest form of the report is too large.
        Exception: something failed, so there must be no report.
    """
    import os

    from telemetry_hook import _environment, _gate, receivers
    from telemetry_hook._errors import ReportSizeError
    from telemetry_hook._private import texts
    from telemetry_hook._redact import lightening, redaction
    from telemetry_hook._report import MAX_REPORT_BYTES

    receiver = raw.tool.receiver
    redacted = redaction.redact(raw)
    for report in lightening.lighter(redacted.report):
        request = receivers.encode(receiver, report)
        if len(request.body) <= MAX_REPORT_BYTES:
            break
    else:
        raise ReportSizeError(
            f"the report has more than {MAX_REPORT_BYTES} bytes in its lightest form"
        )
    environments = (os.environ, _environment.variables())
    names = redacted.names
    private = texts.collect(raw.crash, redacted.swallowed, names, environments)
    _gate.check(request, receiver, report, private, names)
    return report, request


def _is_internal(crash: "Crash", plugin: "Plugin") -> bool:
    from telemetry_hook._crash import guarded

    names = {
        f"{guarded.module(kind)}.{guarded.qualname(kind)}"
        for kind in guarded.mro(type(crash.exception))
    }
    return not names.isdisjoint(plugin.tool.internal_errors)
