"""Messages of every built-in exception class are redacted, whatever Python runs."""

from __future__ import annotations

import builtins
import collections
import datetime as dt
import decimal

import pytest
from fragile import Fragile

from telemetry_hook._redact.message.safe_str import StrSafety

SECRETS = ("hunter2", "tiger99")
TEMPLATE = "cannot read the <…> of today"
GROUPED = f"{TEMPLATE} (<…> sub-exceptions)"
TEXT = 'f"cannot read the {secret} of today"'
# Classes that take more than a text, or print it differently: the arguments, and the message.
SPECIAL = {
    "BaseExceptionGroup": (f"{TEXT}, [builtins.KeyboardInterrupt()]", GROUPED),
    "ExceptionGroup": (f"{TEXT}, [builtins.ValueError()]", GROUPED),
    "UnicodeDecodeError": (
        "'utf-8', secret.encode(), 0, 1, 'invalid start byte'",
        "'<…>' codec can't decode byte<…> in position <…>: invalid start byte",
    ),
    "UnicodeEncodeError": (
        "'utf-8', secret, 0, 1, 'surrogates not allowed'",
        "'<…>' codec can't encode character<…> in position <…>: surrogates not allowed",
    ),
    "UnicodeTranslateError": (f"secret, 0, 1, {TEXT}", TEMPLATE),
}
NAMES = sorted(
    value.__name__
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and value.__name__ == name
)


def function(name: str) -> str:
    arguments, _ = SPECIAL.get(name, (TEXT, TEMPLATE))
    return f"def {name}(secret): raise builtins.{name}({arguments})\n"


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Fragile:
    source = "\n".join(["import builtins", *map(function, NAMES)])
    return Fragile(tmp_path_factory.mktemp("site"), source)


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_class_keeps_its_template_and_no_secret(tool: Fragile, name: str) -> None:
    """The template is found, and two secrets give the same message."""
    exceptions = [tool.report(name, secret).exceptions[0] for secret in SECRETS]
    assert {str(exception.type) for exception in exceptions} == {name}
    _, message = SPECIAL.get(name, (TEXT, TEMPLATE))
    assert {str(exception.message) for exception in exceptions} == {message}


@pytest.mark.parametrize(
    ("value", "is_safe"),
    [
        (dt.date(2026, 2, 3), True),
        (decimal.Decimal(7), True),
        (range(3), True),
        (collections.deque(), False),  # prints what is in it
        (collections.Counter(), False),
        (object, True),
        (object(), True),
    ],
)
def test_which_values_are_printed(value: object, *, is_safe: bool) -> None:
    """Values of the library that print only themselves are safe; those that print others are not."""
    assert StrSafety(lambda _: False, lambda _: False).is_safe(value) is is_safe


@pytest.mark.parametrize(("depth", "is_safe"), [(1, True), (6, True), (7, False), (40, False)])
def test_how_deeply_values_are_looked_at(depth: int, *, is_safe: bool) -> None:
    """A value is printed if all in it is known to be safe, which is looked for so far down."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    assert StrSafety(lambda _: False, lambda _: False).is_safe(value) is is_safe
