"""Only text with a published origin becomes public, and the serializer takes no other."""

from __future__ import annotations

import sys
import textwrap
from types import CodeType

import pytest

from telemetry_hook import _report
from telemetry_hook._errors import NotPublicError
from telemetry_hook._redact import origins


def test_public_text_is_a_look_up() -> None:
    """Only text that its origin publishes can become public; the serializer takes no other."""
    with pytest.raises(NotPublicError):
        _report.PublicText("secret")
    with pytest.raises(NotPublicError):
        origins.compose([origins.HOLE, "secret"])  # type: ignore[list-item]
    with pytest.raises(NotPublicError):
        _report._as_json("secret", "name")
    with pytest.raises(NotPublicError):
        _report._as_json(5, "name")
    release = _report.Release("secret", "1")  # type: ignore[arg-type]
    with pytest.raises(NotPublicError):
        _report._as_json(release, "tool")


def test_attack_on_code_equality_needs_the_published_code() -> None:
    """Code objects compare all that a report says of them, but for names that come from the twin."""
    source = textwrap.dedent(
        """
        def outer():
            def inner():
                return 1
            return inner
        """
    )
    module = compile(source, "m.py", "exec")
    [function] = [each for each in module.co_consts if isinstance(each, CodeType)]
    assert function.replace(co_name="secret") != function
    assert function.replace(co_consts=("secret",)) != function
    if sys.version_info >= (3, 11):
        assert function.replace(co_qualname="secret") is not function
