"""What a secret chooses, equals, counts or repeats, where every secret goes through the same lines."""

from __future__ import annotations

import copy
import enum
import gettext
import json
import operator
import os
import random
import sys
import threading

from corpus.planting import case

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup

DIAGNOSES = {
    0: "HIV disease stage four",
    1: "malignant neoplasm of the breast",
    2: "paranoid schizophrenia of long standing",
}
PLANS = {"free": "the plan without a price", "team": "the plan for a small team"}
REASONS = [
    "the account was closed by its owner",
    "the account owes more than it is worth",
    "the account is watched by the police",
]
LETTERS = {
    0: "the patient {} must come at once",
    1: "no bed is free for {} this week",
    2: "{} was moved to another ward",
}
LANGUAGES = [
    {"missing": "there is no file of the name %s"},
    {"missing": "die Datei namens %s ist nicht da"},
]
NIGHTLY = True


class ChoiceError(Exception):
    """The base of them all."""


class Rejected(ChoiceError):
    def __init__(self, text="the login was rejected for good", *, hint="ask the owner of the host"):
        super().__init__(f"{text}, {hint}")


class Unpaid(ChoiceError):
    reason = "the invoice was not paid in time"

    def __str__(self):
        return f"refused today: {self.reason}"


class Stage(enum.Enum):
    EARLY = "found early, and can be healed"
    LATE = "found late, and cannot be healed"


class Cheap:
    plan = "the plan without a price"


class Dear:
    plan = "the plan for a large company"


class Node:
    """A thing that holds another one."""

    def __init__(self, child):
        self.child = child

    def visit(self):
        return self.child.visit()


class Leaf:
    def visit(self):
        raise ChoiceError("the last of the nodes cannot be visited")


def depth(s):
    """Return how deep a secret goes: from 36 to 92."""
    return 20 + s.count * 8


def nested(levels, innermost):
    value = innermost
    for _ in range(levels):
        value = [value]
    return value


# A value chooses from a table.


@case
def table(s):
    raise ChoiceError("cannot encode the diagnosis %s today" % DIAGNOSES[s.count % 3])


@case
def table_name(s):
    diagnosis = DIAGNOSES[s.count % 3]
    raise ChoiceError(f"cannot encode the diagnosis {diagnosis} today")


@case
def table_format(s):
    raise ChoiceError("cannot encode the diagnosis {} today".format(DIAGNOSES[s.count % 3]))


@case
def table_get(s):
    plan = PLANS.get(s.word, "the plan for everybody else")
    raise ChoiceError(f"no seats are left in {plan}, ask {s.user}")


@case
def table_list(s):
    raise ChoiceError("cannot pay out: " + REASONS[s.count % 3])


@case
def table_whole(s):
    raise ChoiceError(REASONS[s.count % 3])


@case
def table_template(s):
    raise ChoiceError(LETTERS[s.count % 3].format(s.user))


@case
def table_language(s):
    raise ChoiceError(LANGUAGES[s.count % 2]["missing"] % s.path)


@case
def table_joined(s):
    raise ChoiceError("; ".join(REASONS[at] for at in range(1 + s.count % 3)))


@case
def enumeration(s):
    stage = list(Stage)[s.count % 2]
    raise ChoiceError(f"the disease of {s.user} was {stage.value}")


@case
def enumeration_by_value(s):
    raise ChoiceError(
        Stage("found late, and cannot be healed" if s.count % 2 else Stage.EARLY).value
    )


@case
def class_attribute(s):
    raise ChoiceError(f"no seats are left in {(Cheap, Dear)[s.count % 2].plan}")


@case
def by_name(s):
    raise ChoiceError(operator.attrgetter("plan")((Cheap, Dear)[s.count % 2]))


@case
def match(s):
    match s.count % 3:
        case 0:
            reason = "a debt of last year"
        case 1:
            reason = "an open investigation"
        case _:
            reason = "a wish of the family"
    raise ChoiceError(f"the account of {s.user} is closed, because of {reason}")


@case
def loop(s):
    for at, reason in enumerate(REASONS, 1):
        if at == 1 + s.count % 3:
            raise ChoiceError(f"cannot pay out, since {reason}")


@case
def following(s):
    found = next(text for key, text in DIAGNOSES.items() if key == s.count % 3)
    raise ChoiceError(f"cannot encode the diagnosis {found} today")


@case
def drawn(s):
    raise ChoiceError(f"cannot pay out, since {random.Random(s.word).choice(REASONS)}")


@case
def largest(s):
    raise ChoiceError(f"cannot pay out, since {max(REASONS, key=lambda reason: reason[s.count])}")


@case
def conditional(s):
    raise ChoiceError(
        "the test for drugs was positive" if s.count % 2 else "the test for drugs was lost"
    )


# A value equals what would be there without it.


@case
def default_of_get(s):
    settings = {"passphrase": s.password}
    passphrase = settings.get("passphrase", "must be a str")
    raise ChoiceError(f"cannot unlock the store with {passphrase} today")


@case
def default_of_argument(s):
    raise Rejected(s.password, hint=s.text)


@case
def default_of_environment(s):
    os.environ["CORPUS_PASSPHRASE"] = s.password
    try:
        found = os.environ.get("CORPUS_PASSPHRASE", "must be a str")
        raise ChoiceError("cannot unlock the store with %s today" % found)
    finally:
        del os.environ["CORPUS_PASSPHRASE"]


@case
def default_by_or(s):
    raise ChoiceError(f"cannot unlock the store with {s.password or 'must be a str'} today")


@case
def default_of_attribute(s):
    error = Unpaid()
    error.reason = s.text
    raise error


@case
def equal_text(s):
    raise ChoiceError(s.text)


@case
def equal_in_hole(s):
    raise ChoiceError(f"gave up so soon: {s.text}")


@case
def equal_in_two_holes(s):
    raise ChoiceError(f"{s.word}: {s.password}")


@case
def equal_to_cause(s):
    try:
        raise KeyError(s.text)
    except KeyError as error:
        raise ChoiceError(f"gave up because of {s.text}") from error


@case
def equal_to_class(s):
    try:
        raise ValueError("a cause that everybody may know")
    except ValueError as error:
        raise ChoiceError(f"{s.word}: {error}") from error


@case
def equal_key(s):
    {}[s.text]


@case
def equal_in_c(s):
    int(s.text)


@case
def equal_attribute(s):
    getattr(s.table, s.password)


@case
def equal_system(s):
    raise OSError(2, s.password)


@case
def equal_translated(s):
    raise ChoiceError(gettext.NullTranslations().gettext(s.text))


@case
def equal_constant(s):
    for part in ("must be a str", "must be int"):
        if part == s.table:
            raise NotImplementedError
    raise ChoiceError(f"cannot read the part {s.password} of the file")


@case
def longer_branch(s):
    if NIGHTLY:
        message = "we cannot %s" % s.text
    else:
        message = "we cannot go on without %s" % s.path
    raise ChoiceError(message)


@case
def long_holes(s):
    holes = "; ".join([s.text, s.password, s.key] * 3)
    raise ChoiceError(f"gave up: {holes}: {operator.getitem(REASONS, 0)}")


# A value counts.


@case
def recursion(s):
    def check(rest):
        return check(rest[1:]) if rest else [][1]

    check("x" * depth(s))


@case
def recursion_of_two(s):
    def ping(rest):
        return pong(rest - 1) if rest else [][1]

    def pong(rest):
        return ping(rest - 1)

    ping(depth(s))


@case
def recursion_of_methods(s):
    node = Leaf()
    for _ in range(depth(s)):
        node = Node(node)
    node.visit()


@case
def recursion_of_generators(s):
    def walk(left):
        if left:
            yield from walk(left - 1)
        raise ChoiceError("there is nothing more to walk through")

    list(walk(depth(s)))


@case
def recursion_twice(s):
    def down(left):
        if left:
            return down(left - 1)
        return up(depth(s))

    def up(left):
        return up(left - 1) if left else [][1]

    down(depth(s))


@case
def deepcopy(s):
    copy.deepcopy(nested(depth(s) // 2, threading.Lock()))


@case
def dumps(s):
    json.dumps(nested(depth(s), {s.word}), indent=1)


@case
def loads(s):
    json.loads("[" * depth(s) + "?" + "]" * depth(s))


@case
def printed(s):
    class Odd:
        def __repr__(self):
            raise ChoiceError("this thing cannot be printed at all")

    repr(nested(depth(s), Odd()))


@case
def members(s):
    raise ExceptionGroup(
        "some of the hosts failed", [ChoiceError(f"the host {name} failed") for name in s.names]
    )


@case
def members_of_members(s):
    error = ChoiceError(f"the host {s.host} failed")
    for _ in range(s.count):
        error = ExceptionGroup("the hosts behind it failed", [error])
    raise error


@case
def retries(s):
    def attempt(left):
        try:
            raise ChoiceError(f"the host {s.host} did not answer in time")
        except ChoiceError as error:
            if not left:
                raise
            last = error
        try:
            attempt(left - 1)
        except ChoiceError as error:
            raise error from last

    attempt(15 + s.count)


@case
def causes(s):
    error = None
    for name in s.names:
        made = ChoiceError(f"the attempt of {name} failed")
        made.__cause__ = error
        error = made
    raise error


@case
def contexts(s):
    error = None
    for name in s.names:
        try:
            raise ChoiceError(f"the attempt of {name} failed")
        except ChoiceError as made:
            made.__context__ = error
            error = made
    raise error


@case
def notes(s):
    error = ChoiceError("the attempts failed, one after the other")
    error.__notes__ = [f"the attempt of {name} failed" for name in s.names]
    raise error


@case
def containers(s):
    names, pairs = s.names, dict.fromkeys(s.names, 1)
    raise ChoiceError(f"{len(names)} of {len(pairs)} attempts failed")


@case
def arguments(s):
    raise ChoiceError(*s.names)
