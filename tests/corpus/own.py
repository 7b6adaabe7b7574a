"""Errors as tools write them in their own code."""

from __future__ import annotations

import enum
import json
import sys
import textwrap
import warnings
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path, PurePosixPath
from string import Template

from corpus.planting import case, needs

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


# How the classes are made.


class ToolError(Exception):
    """The base of them all."""


class CommandError(ToolError):
    """As pip has it."""


class ConfigError(ToolError, ValueError):
    def __init__(self, key, where):
        super().__init__(f"the configuration in {where} has no entry {key}, which is needed")
        self.key, self.where = key, where


class NotFound(ToolError, LookupError):
    template = "there is no {kind} called {name} in this project"

    def __init__(self, kind, name):
        self.kind, self.name = kind, name

    def __str__(self):
        return self.template.format(kind=self.kind, name=self.name)


class MissingTable(NotFound):
    template = "the table {name} is missing, {kind} cannot go on without it"


@dataclass
class Refused(ToolError):
    user: str
    host: str
    tries: int = 3

    def __str__(self):
        return f"{self.host} refused the user {self.user} after {self.tries} tries"


@dataclass
class Silent(ToolError):
    """A dataclass that is an exception and says nothing of its own."""

    user: str
    host: str


class WithProperty(ToolError):
    def __init__(self, path):
        self.path = path
        super().__init__(self.message)

    @property
    def message(self):
        return "could not read the settings file " + str(self.path) + ": permission was denied"


class PoetryLike(ToolError):
    """Like cleo's and poetry's: the description is an attribute of the class."""

    description = "The lock file does not belong to the project any more"

    def __init__(self, hint=""):
        super().__init__(f"{self.description}. {hint}" if hint else self.description)


class AwsLike(Exception):
    """As botocore has it."""

    fmt = "An unspecified error occurred"

    def __init__(self, **kwargs):
        super().__init__(self.fmt.format(**kwargs))
        self.kwargs = kwargs


class ProfileNotFound(AwsLike):
    fmt = "The config profile ({profile}) could not be found"


class EndpointConnectionError(AwsLike):
    fmt = 'Could not connect to the endpoint URL: "{endpoint_url}"'


class ParamValidationError(AwsLike):
    fmt = "Parameter validation failed:\n{report}"


class AlembicLike(ToolError):
    def __init__(self, message, argument):
        super().__init__(message)
        self.argument = argument


class PipLike(ToolError):
    """As pip's DiagnosticPipError: parts, put together late."""

    reference = "missing-metadata"

    def __init__(self, *, message, context, hint_stmt):
        self.message, self.context, self.hint_stmt = message, context, hint_stmt
        super().__init__(f"<{self.__class__.__name__}: {self.reference}>")

    def __str__(self):
        parts = [self.message, "", self.context]
        if self.hint_stmt is not None:
            parts.append(f"hint: {self.hint_stmt}")
        return "\n".join(parts)


class Code(enum.Enum):
    DENIED = "access was denied by the server"
    GONE = "the item is gone from the server"
    QUOTA = "the quota of the account is used up"


class CodedError(ToolError):
    messages = {
        1: "the server did not answer in time",
        2: "the answer of %s could not be understood",
        3: "the account %s has no access to %s",
    }

    def __init__(self, code, *values):
        self.code = code
        super().__init__(self.messages[code] % values)


class Exit(ToolError):
    exit_code = 4
    prefix = "fatal"

    def __init__(self, text):
        super().__init__(f"{self.prefix}: {text}")


class HttpieLike(ToolError):
    def __init__(self, message=None, *, item):
        super().__init__(message or f"'{item}' is not a valid value of an item")


NO_TARGET = "no target of the name %s has been set up"
TOO_OLD = "the server {version} is too old for this client"
PREFIX = "deploy failed: "
HELP = """\
The project {name} cannot be built as it is.

Run the command again with --verbose to see why, or look into {path}.
"""
ERRORS = {
    "E001": "a model needs a name, {value} is none",
    "E002": "a column cannot be called {value} since SQL reserves that word",
    "E003": "a file of the name {value} exists already",
}
STAGES = ["fetching", "unpacking", "installing"]


def fail(message, *arguments):
    raise ToolError(message % arguments if arguments else message)


def ensure(condition, message):
    if not condition:
        raise ToolError(message)


def described(kind, name):
    return f"the {kind} named {name} was found twice in the catalogue"


def explain(reason, name):
    reasons = {
        "missing": f"the package {name} is not installed in this environment",
        "broken": f"the package {name} is installed but its files are damaged",
    }
    return reasons[reason]


def plural(count, thing):
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


@case
def fstring(s):
    raise ToolError(f"cannot connect to {s.host} as {s.user}")


@case
def fstring_repr(s):
    raise ToolError(f"unknown column {s.column!r} in the table {s.table!r}")


@case
def fstring_debug(s):
    table = s.table
    raise ToolError(f"this should not have happened: {table=}")


@case
def fstring_specs(s):
    raise ToolError(
        f"only {s.number / 7:.2f} MB of {s.number:>12,d} bytes were sent to {s.host:<20}"
    )


@case
def fstring_nested(s):
    raise ToolError(f"cannot load {f'{s.schema}.{s.table}'} from {', '.join([s.database, s.host])}")


@case
def fstring_attribute(s):
    raise ToolError(f"the class {type(s).__name__} has no backend for {s.url.partition(':')[0]}")


@case
def percent(s):
    raise ToolError("cannot read %s: %d bytes are missing (%5.1f%%)" % (s.path, s.number, 12.5))


@case
def percent_one(s):
    raise ToolError("the token %s was rejected" % s.token)


@case
def percent_mapping(s):
    raise ToolError("user %(user)s may not write to %(table)s" % {"user": s.user, "table": s.table})


@case
def percent_constant(s):
    raise ToolError(NO_TARGET % s.word)


@case
def percent_repr(s):
    raise ToolError("invalid literal in the document: %r" % (s.text,))


@case
def formatted(s):
    raise ToolError("the file {} is not owned by {}".format(s.path, s.user))


@case
def formatted_names(s):
    raise ToolError(
        "expected {expected!r} but got {found!r}".format(expected="a list", found=s.word)
    )


@case
def formatted_constant(s):
    raise ToolError(TOO_OLD.format(version=s.number))


@case
def formatted_map(s):
    raise ToolError(
        "no route from {host} to {database}".format_map({"host": s.host, "database": s.database})
    )


@case
def formatted_attributes(s):
    raise ToolError("the account {0.user} on {0.host} has been locked".format(s))


@case
def formatted_block(s):
    raise ToolError(HELP.format(name=s.database, path=s.path))


@case
def template(s):
    raise ToolError(
        Template("the variable $name is not set for ${host}").substitute(name=s.word, host=s.host)
    )


@case
def concatenated(s):
    raise ToolError("the address " + s.email + " is not known to " + s.host)


@case
def concatenated_prefix(s):
    raise ToolError(PREFIX + f"the host {s.host} does not answer")


@case
def implicit(s):
    raise ToolError(
        f"the migration {s.word} has already been applied to {s.database}, "
        "so it cannot be applied again; "
        f"revert it first with the command: migrate --down {s.word}"
    )


@case
def joined(s):
    raise ToolError(" ".join(["these tables have no primary key:", s.table, s.column]))


@case
def joined_lines(s):
    lines = ["The following settings are wrong:"]
    for name in (s.column, s.table):
        lines.append(f"  - {name} must be a number")
    raise ToolError("\n".join(lines))


@case
def joined_generator(s):
    known = ", ".join(repr(each) for each in (s.table, s.schema))
    raise ToolError(f"{s.word} is not one of the known sections: {known}")


@case
def dedented(s):
    raise ToolError(
        textwrap.dedent(
            f"""
            The repository at {s.url} has moved.
            Please change the remote with:

                tool remote set {s.word} <new address>
            """
        )
    )


@case
def dedented_stripped(s):
    text = """
        Nothing could be found for %s.
        Check the spelling of the name.
    """
    raise ToolError(textwrap.dedent(text).strip() % s.word)


@case
def constant(s):
    raise ToolError("nothing to commit, the working tree is clean")


@case
def short_constant(s):
    raise ToolError("no such section")


@case
def assembled(s):
    message = "the build failed"
    if s.path:
        message += f" in {s.path}"
    message += " and was stopped"
    raise ToolError(message)


@case
def variable(s):
    message = f"the connection to {s.host}:{s.number} was closed by the other side"
    raise ConnectionError(message)


@case
def conditional(s):
    raise ToolError(
        f"{s.table} has no rows" if s.number < 0 else f"{s.table} has too many rows to load at once"
    )


@case
def conditional_piece(s):
    kind = "view" if s.number < 0 else "table"
    raise ToolError(f"the {kind} {s.table} cannot be dropped while {s.schema} is in use")


@case
def chosen_or(s):
    given = None
    raise ToolError(given or f"no message was given for {s.word} by the caller")


@case
def table_of_messages(s):
    raise ToolError(ERRORS["E002"].format(value=s.column))


@case
def table_and_code(s):
    code = "E003"
    raise ToolError(f"{code}: {ERRORS[code].format(value=s.path)}")


@case
def coded(s):
    raise CodedError(3, s.user, s.database)


@case
def coded_constant(s):
    raise CodedError(1)


@case
def enum_value(s):
    raise ToolError(f"{Code.DENIED.value}: {s.user}")


@case
def enum_member(s):
    raise ToolError(Code.QUOTA, s.user)


@case
def helper_raises(s):
    fail("the checksum of %s is wrong", s.path)


@case
def helper_ensures(s):
    ensure(s.number < 0, f"the port {s.number} of {s.host} is not open to you")


@case
def helper_returns(s):
    raise ToolError(described("model", s.table))


@case
def helper_table(s):
    raise ToolError(explain("broken", s.word))


@case
def helper_piece(s):
    raise ToolError(f"cannot merge {plural(3, 'branch')} into {s.word} without a common base")


@case
def initializer(s):
    raise ConfigError(s.key, s.path)


@case
def str_method(s):
    raise NotFound("model", s.table)


@case
def str_inherited(s):
    raise MissingTable("the import", s.table)


@case
def dataclass_str(s):
    raise Refused(s.user, s.host)


@case
def dataclass_silent(s):
    raise Silent(s.user, s.host)


@case
def property_message(s):
    raise WithProperty(s.path)


@case
def class_attribute(s):
    raise PoetryLike(f"Run lock again in {s.path}")


@case
def class_attribute_alone(s):
    raise PoetryLike


@case
def aws_profile(s):
    raise ProfileNotFound(profile=s.user)


@case
def aws_endpoint(s):
    raise EndpointConnectionError(endpoint_url=s.url)


@case
def aws_report(s):
    report = [
        f'Missing required parameter in input: "{s.column}"',
        f'Unknown parameter in input: "{s.word}", must be one of: {s.table}',
    ]
    raise ParamValidationError(report="\n".join(report))


@case
def alembic_revision(s):
    resolved = s.key
    raise AlembicLike(f"Can't locate revision identified by '{resolved}'", resolved)


@case
def alembic_multiple(s):
    raise CommandError(
        "Multiple head revisions are present for given "
        "argument '%(head_arg)s'; please "
        "specify a specific target revision, "
        "'<branchname>@%(head_arg)s' to "
        "narrow to a specific head, or 'heads' for all heads" % {"head_arg": s.word}
    )


@case
def pip_diagnostic(s):
    raise PipLike(
        message=f"Cannot uninstall {s.word}",
        context=f"The package's contents are unknown: no RECORD file was found for {s.word}.",
        hint_stmt="The package was installed by another tool.",
    )


@case
def pip_requirement(s):
    raise CommandError(
        f"Could not find a version that satisfies the requirement {s.word} "
        f"(from versions: {', '.join(['1.0', s.key]) or 'none'})"
    )


@case
def pip_hash(s):
    lines = ["THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."]
    lines.append(f"    {s.word} from {s.url}:")
    lines.append(f"        Expected sha256 {s.key}")
    lines.append(f"             Got        {s.token}\n")
    raise CommandError("\n".join(lines))


@case
def black_error(s):
    src = Path(s.path)
    raise ToolError(
        f"INTERNAL ERROR: {src.name}: Black produced code that is not equivalent to the source."
    )


@case
def httpie_item(s):
    raise HttpieLike(item=s.word)


@case
def exit_prefix(s):
    raise Exit(f"not a repository (or any of the parent directories): {s.path}")


@case
def translated(s):
    raise ToolError(_("the file %s could not be opened") % s.path)


@case
def translated_named(s):
    raise ToolError(_("the user {user} is not allowed here").format(user=s.user))


@case
def translated_plural(s):
    raise ToolError(
        ngettext("%d file of %s was skipped", "%d files of %s were skipped", 2) % (2, s.user)
    )


def log_name(s, where=PurePosixPath("/var/log"), message="the log of {name} in {where} is full"):
    raise ToolError(message.format(name=s.user, where=where))


@case
def default_argument(s):
    log_name(s)


@case
def nested_template(s):
    inner = f"the row {s.number} has no value for {s.column}"
    raise ToolError(f"import of {s.path} failed: {inner}")


@case
def chained(s):
    try:
        int(s.word)
    except ValueError as error:
        raise ConfigError(s.key, s.path) from error


@case
def chained_text(s):
    try:
        open(s.path)
    except OSError as error:
        raise ToolError(f"cannot read the input: {error}") from error


@case
def chained_own_text(s):
    try:
        raise NotFound("column", s.column)
    except NotFound as error:
        raise ToolError(f"could not plan the migration of {s.table}: {error}") from error


@case
def chained_name(s):
    try:
        json.loads(s.text)
    except ValueError as error:
        raise ToolError(f"{type(error).__name__}: {error} (while reading {s.path})") from None


@case
def in_context(s):
    try:
        {}[s.key]
    except KeyError:
        raise ToolError(f"no default has been set for {s.key} either")


@case
def in_finally(s):
    try:
        raise ToolError(f"the upload of {s.path} was broken off")
    finally:
        {}[s.table]


@case
def noted(s):
    needs(3, 11)
    error = ToolError(f"the pipeline {s.word} stopped")
    error.add_note(f"while it was working on {s.table}")
    error.add_note("see the manual for how to go on")
    raise error


@case
def grouped(s):
    errors = [NotFound("model", s.table), ConfigError(s.key, s.path)]
    raise ExceptionGroup("several models could not be loaded", errors)


@case
def grouped_text(s):
    raise ExceptionGroup(
        f"the checks of {s.database} have failed", [ValueError(f"bad column {s.column}")]
    )


@case
def reraised(s):
    try:
        raise ToolError("the plan is empty")
    except ToolError as error:
        error.args = (f"{error.args[0]}: nothing selects {s.table}",)
        raise


@case
def reraised_other(s):
    try:
        raise NotFound("seed", s.table)
    except NotFound as error:
        raise type(error)("snapshot", s.schema).with_traceback(error.__traceback__)


@case
def asserted(s):
    assert s.number < 0, f"the offset of {s.column} must be negative"


@case
def asserted_tuple(s):
    assert s.number < 0, ("the state is broken", s.word)


@case
def asserted_bare(s):
    assert s.word == ""


@case
def repr_of_list(s):
    raise ToolError(f"these columns are not in the source: {[s.column, s.word]}")


@case
def repr_of_dict(s):
    raise ToolError(f"unexpected options: { ({s.column: s.number, s.table: None}) }")


@case
def repr_of_object(s):
    raise ToolError(f"do not know what to do with {s!r} here")


@case
def repr_of_path(s):
    raise ToolError(f"{Path(s.path)!r} does not exist, nor does {str(Path(s.path).parent)!r}")


@case
def dates(s):
    day = date(2000, 1, 1) + timedelta(days=s.number % 9000)
    raise ToolError(
        f"the certificate of {s.host} has expired on {day:%d %B %Y} at {datetime.min:%H:%M}"
    )


@case
def decimals(s):
    raise ToolError(
        f"the amount {Decimal(s.number) / 100} of {s.user} exceeds the limit of {Decimal('10.00')}"
    )


@case
def bytes_value(s):
    raise ToolError("the frame starts with %r instead of the magic number" % s.token.encode()[:8])


@case
def many_arguments(s):
    raise ToolError("the request was refused by the service", s.number, s.url)


@case
def two_texts(s):
    raise ToolError("cannot parse the schedule", f"the field {s.column} is out of range")


@case
def key_error(s):
    raise KeyError(f"no such dimension in the cube: {s.column}")


@case
def key_error_bare(s):
    raise KeyError(s.key)


@case
def value_alone(s):
    raise ToolError(s.word)


@case
def url_alone(s):
    raise ValueError(s.url)


@case
def not_implemented(s):
    raise NotImplementedError(f"{type(s).__name__}.render() is not implemented for {s.word}")


@case
def not_implemented_bare(s):
    raise NotImplementedError


@case
def os_error(s):
    raise FileNotFoundError(2, "The profile does not exist", s.path)


@case
def os_error_text(s):
    raise OSError(f"the device of {s.user} is not ready")


@case
def timeout(s):
    raise TimeoutError(f"gave up after {s.number} seconds waiting for {s.host}")


@case
def stop_iteration(s):
    def rows():
        yield s.table
        raise StopIteration(f"no more rows in {s.table}")

    list(rows())


@case
def attribute_own(s):
    class Record:
        def __getattr__(self, name):
            raise AttributeError(f"the record has no field {name!r}, only {s.column!r}")

    getattr(Record(), s.attribute)


@case
def type_own(s):
    raise TypeError(f"expected str, bytes or os.PathLike object, not {type(s.number).__name__}")


@case
def warned(s):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.warn(
            f"the option {s.word} is deprecated, use {s.column} from now on", DeprecationWarning
        )


@case
def system_exit(s):
    raise SystemExit(f"error: {s.path}: no such file")


@case
def interrupted(s):
    raise KeyboardInterrupt


@case
def upper_cased(s):
    raise ToolError(f"cannot find the table {s.table}".upper())


@case
def truncated(s):
    raise ToolError(
        textwrap.shorten(f"the statement could not be run on the server: {s.text} {s.text}", 60)
    )


@case
def stripped(s):
    raise ToolError(f"  the header of {s.path} is not valid   ".strip())


@case
def replaced(s):
    raise ToolError("the template NAME has no parent".replace("NAME", s.word))


@case
def walrus(s):
    if missing := [s.table, s.schema]:
        raise ToolError(
            f"{len(missing)} objects are missing from the target, the first is {missing[0]}"
        )


@case
def lambda_message(s):
    message = lambda name: f"the hook {name} has been registered twice"
    raise ToolError(message(s.word))


@case
def from_json(s):
    answer = json.loads(json.dumps({"error": {"message": f"quota of {s.user} exceeded"}}))
    raise ToolError(answer["error"]["message"])


@case
def from_json_prefixed(s):
    answer = {"message": f"no bucket {s.word}", "code": s.number}
    raise ToolError(f"the service answered with an error ({answer['code']}): {answer['message']}")


@case
def logged_style(s):
    message, arguments = "the worker %s lost its connection to %s", (s.user, s.host)
    raise ToolError(message % arguments)


@case
def lazy_arguments(s):
    raise ToolError("the worker %s lost its connection to %s", s.user, s.host)


@dataclass
class Step:
    name: str
    problems: list = field(default_factory=list)

    def add(self, problem):
        self.problems.append(problem)

    def finish(self):
        if self.problems:
            raise ToolError(
                f"step {self.name} found {len(self.problems)} problem(s):\n"
                + "\n".join(self.problems)
            )


@case
def collected(s):
    step = Step("validate")
    step.add(f"the column {s.column} has no type")
    step.add(f"the table {s.table} has no owner")
    step.finish()


class Model:
    """Refuses through its validators, as attrs' and Django's do."""

    def __init__(self, **values):
        for name, value in values.items():
            getattr(self, f"check_{name}")(value)

    def check_email(self, value):
        if value.count("@") != 2:
            raise ValueError(f"{value} is not an address that mail can be sent to")

    def check_port(self, value):
        low, high = 1, 2
        if not low <= value <= high:
            raise ValueError(f"port must be between {low} and {high}, got {value}")


@case
def validator(s):
    Model(email=s.email)


@case
def validator_range(s):
    Model(port=s.number)


@case
def generator_inside(s):
    def checked(names):
        for name in names:
            if name == s.column:
                raise ToolError(f"the column {name} is listed twice in the index")
            yield name

    list(checked([s.table, s.column]))


@case
def closure(s):
    def decorate(function):
        def inner(*arguments):
            try:
                return function(*arguments)
            except KeyError as error:
                raise ToolError(f"the context of the task lacks the key {error}") from error

        return inner

    decorate({}.__getitem__)(s.key)


@case
def static_method(s):
    class Parser:
        @staticmethod
        def parse(line):
            raise ToolError(f"line {len(line)}: expected ';' after the statement, found {line!r}")

    Parser.parse(s.text)


# Distinct errors out of one and the same line of a function.


def refuse(number, s):
    texts = [
        "the name {word} is taken by another project",
        "the name {word} has characters that are not allowed",
        "the name {word} is reserved for the system itself",
    ]
    raise ToolError(texts[number].format(word=s.word))


for number in range(3):
    case(partial(refuse, number), name=f"one_line_{number}")


def branch(number, s):
    if number == 0:
        raise ToolError(f"cannot lock {s.path}")
    if number == 1:
        raise ToolError(f"cannot unlock {s.path}")
    raise ToolError(f"{s.path} is locked by {s.user}")


for number in range(3):
    case(partial(branch, number), name=f"one_function_{number}")
