"""A crash's way through the house: the one page that knows the order.

Is it ours? May we ask? What happened? What may be told? In whose words? Will you? Keep it safe.
Send it. Each step is a module that knows none of the others; what comes before the plugin is
loaded is cheap, so that a crash which is nobody's costs next to nothing.
"""

from __future__ import annotations

from telemetry_hook import _attribution

TYPE_CHECKING = False
if TYPE_CHECKING:
    from telemetry_hook._attribution import Registration
    from telemetry_hook._consent import Decision
    from telemetry_hook._crash import Crash
    from telemetry_hook._plugins import Plugin
    from telemetry_hook._prompt import Answer, Question
    from telemetry_hook._report import RedactedReport, Report
    from telemetry_hook.receivers import Request

WAIT = 3.0
DROPPED = (
    "telemetry-hook: there is no report of this crash, and nothing was sent: {error}. "
    "That is a bug of telemetry-hook itself; please report it to its makers.\n"
)


def run(crash: Crash, noted: set[tuple[str, str]]) -> None:
    """See a crash through, with the features in use that were noted."""
    program = _attribution.program()
    registration = program or _attribution.origin_of(type(crash.exception))
    if registration is None:
        return
    import os

    from telemetry_hook import _consent

    if _consent.forbidden_by(os.environ) is not None:
        return
    _ours(crash, noted, registration, died=program is not None)


def _ours(
    crash: Crash, noted: set[tuple[str, str]], registration: Registration, *, died: bool
) -> None:
    import os

    from telemetry_hook._contained import stop_timers
    from telemetry_hook._errors import GateError, PluginError
    from telemetry_hook._plugins import Plugin
    from telemetry_hook._terminal import say

    if _nobody_is_there():
        return
    process = os.getpid()
    stop_timers()
    try:
        plugin = Plugin(registration)
    except PluginError:
        return  # `telemetry-hook doctor` tells which, and why
    if not died and not _is_internal(crash, plugin):
        return
    decision = decide(plugin)
    if decision.action == "discard" or plugin.is_expected(crash):
        return
    try:
        question = _question(crash, noted, plugin, decision)
    except GateError as error:
        say(DROPPED.format(error=error))
        raise
    if os.getpid() != process:
        return  # a fork that the plugin has made
    if decision.action == "send":
        _send_always(question, plugin)
    else:
        _act(_ask(question, plugin), question, plugin)
    _tell_author(plugin)


def _tell_author(plugin: Plugin) -> None:
    """Say what the plugin did wrong, where the person at the terminal is the one who wrote it."""
    from telemetry_hook._terminal import say, why_unaskable

    if plugin.registration.plugin.editable_root is not None and why_unaskable() is None:
        for failure in plugin.failures:
            say(f"telemetry-hook: {failure}\n")


def _nobody_is_there() -> bool:
    """Tell whether, with no standing answer at all, neither environment nor user can agree."""
    import os

    from telemetry_hook import _consent, _settings
    from telemetry_hook._errors import StorageError

    if _consent.unaskable_by(os.environ) is None:
        return False
    try:
        return not _settings.load_answers().by_tool
    except StorageError:
        return True


def _is_internal(crash: Crash, plugin: Plugin) -> bool:
    names = type.__dict__["__dict__"].__get__
    qualname = type.__dict__["__qualname__"].__get__
    kinds = type.mro(type(crash.exception))
    return not {f"{names(kind).get('__module__')}.{qualname(kind)}" for kind in kinds}.isdisjoint(
        plugin.tool.internal_errors
    )


def decide(plugin: Plugin) -> Decision:
    """Decide what would happen with a crash of a plugin's tool here and now."""
    import os

    from telemetry_hook import _consent, _settings, _terminal
    from telemetry_hook._errors import StorageError

    try:
        answers = _settings.load_answers()
    except _settings.DamagedAnswersError:
        answers = _settings.Answers()
    except StorageError as error:
        return _consent.Decision("discard", str(error))
    return _consent.decide(
        _consent.Facts(
            environment=os.environ,
            answers=answers,
            tool=plugin.tool.name,
            scope=_settings.scope_of(plugin.tool, plugin.registration),
            unaskable=None if plugin.asks else _terminal.why_unaskable(),
        )
    )


def _question(
    crash: Crash, noted: set[tuple[str, str]], plugin: Plugin, decision: Decision
) -> Question:
    import hashlib

    from telemetry_hook import _report
    from telemetry_hook._prompt import Question

    attributes = {
        name: value
        for name, value in plugin.attributes(crash, noted).items()
        if name not in decision.withheld
    }
    registration = plugin.registration
    raw = _report.build(crash, registration, plugin.tool, attributes)
    redacted, request = finish(raw)
    return Question(
        tool=plugin.tool,
        report=redacted,
        request=request,
        sha256=hashlib.sha256(request.body).hexdigest(),
        plugin=registration.plugin.name if registration.is_foreign else None,
    )


def finish(raw: Report) -> tuple[RedactedReport, Request]:
    """Redact a report and put it in the receiver's words, within bounds and past the last gate.

    Raises:
        Exception: there must be no report.
    """
    import os

    from telemetry_hook import _gate, _redact, receivers
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
    from telemetry_hook import _prompt, _terminal

    if plugin.asks:
        answer = plugin.ask(question.report)
        if answer in ("yes", "no", "always", "never", "later"):
            return answer
        if answer is not None or _terminal.why_unaskable() is not None:
            return "no"
    return _prompt.ask(question)


def _act(answer: Answer, question: Question, plugin: Plugin) -> None:
    from telemetry_hook import _outbox, _settings
    from telemetry_hook._errors import StorageError
    from telemetry_hook._terminal import say

    tool = question.tool
    try:
        if answer in ("always", "never", "later", "yes"):
            _say_damaged()
        if answer == "never":
            _settings.save_answer(tool.name, "never")
            _outbox.discard_all(tool.name, "you said never")
            say(f"{tool.name} will not ask again. To undo: telemetry-hook ask {tool.name}\n")
        elif answer == "always":
            scope = _settings.scope_of(tool, plugin.registration)
            _settings.save_answer(tool.name, "always", scope)
            say(f"Always, from now on. To stop: telemetry-hook never {tool.name}\n")
            _send_now(question)
        elif answer == "yes":
            _send_now(question)
        elif answer == "later":
            receipt = _store(question, "later")
            say(f"Kept. To read it: telemetry-hook show {receipt}\n")
            say(f"To send it: telemetry-hook send {receipt}\n")
    except StorageError as error:
        say(f"telemetry-hook: nothing was sent: {error}\n")
    except KeyboardInterrupt:
        say("\n")


def _say_damaged() -> None:
    from telemetry_hook import _settings
    from telemetry_hook._terminal import say

    aside = _settings.set_aside_damaged()
    if aside is not None:
        say(f"telemetry-hook: the saved answers were damaged; they are kept as {aside}\n")


def _store(question: Question, state: str) -> str:
    from telemetry_hook import _outbox

    entry = _outbox.add(
        question.report,
        question.request,
        tool=question.tool.name,
        publisher=question.tool.publisher,
        state=state,  # type: ignore[arg-type]
    )
    return entry.receipt


def _send_now(question: Question) -> None:
    from telemetry_hook import _delivery, receivers
    from telemetry_hook._terminal import say

    receipt = _store(question, "pending")
    say(f"Sending to {receivers.host_of(question.tool.receiver)} ... ")
    try:
        sender = _delivery.Sender(str(question.report.id))
    except OSError:
        say(f"it could not be started. To try again: telemetry-hook send {receipt}\n")
        return
    entry = sender.wait(str(question.report.id), WAIT)
    sender.release()
    if entry is None:
        say(f"it goes on without you. To look: telemetry-hook show {receipt}\n")
    elif entry.state == "sent":
        say(f"sent. Receipt: {receipt}\n")
    elif entry.state == "discarded":
        say(f"not taken: {entry.reason}.\n")
    else:
        say(f"not yet: {entry.reason or 'the sender stopped'}.\n")
        say(f"It is kept and will be tried again; now: telemetry-hook send {receipt}\n")


def _send_always(question: Question, plugin: Plugin) -> None:
    from telemetry_hook import _delivery
    from telemetry_hook._errors import StorageError
    from telemetry_hook._terminal import say

    name = plugin.tool.name
    try:
        receipt = _store(question, "pending")
        _delivery.Sender(str(question.report.id)).release()
    except (StorageError, OSError) as error:
        say(f"telemetry-hook: nothing was sent: {error}\n")
        return
    say(
        f"telemetry-hook: sending report {receipt} of this crash to {plugin.tool.publisher}, "
        f"as you always do. To stop: telemetry-hook never {name}\n"
    )
