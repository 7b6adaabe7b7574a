"""Validation errors of jsonschema: its published functions are read, by the keyword of JSON Schema."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from published import Site

from telemetry_hook._redact.message.json_schema import KEYWORDS

EXCEPTIONS = """
    class ValidationError(Exception):
        def __init__(self, message, validator=None):
            super().__init__(message, validator)
            self.message = message
            self.validator = validator
        def __str__(self):
            return self.message
"""
FUNCTIONS = """
    from jsonschema.exceptions import ValidationError
    def required(names, instance):
        for name in names:
            if name not in instance:
                yield ValidationError(f"{name!r} is a required property")
    def maxLength(limit, instance):
        if len(instance) > limit:
            message = "should be empty" if not limit else "is too long"
            yield ValidationError(f"{instance!r} {message} here")
"""
VALIDATOR = """
    import jsonschema._keywords
    def validate(keyword, value, instance):
        for error in vars(jsonschema._keywords)[keyword](value, instance):
            error.validator = keyword
            raise error
    def refuse(word):
        error = jsonschema._keywords.ValidationError("it was refused by them")
        error.validator = word
        errors = [error]
        raise errors[0]
"""
VALUES = ["owner", "x' is a required property and 'y", "required", "is too long here"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in [name for name in sys.modules if name.partition(".")[0] == "jsonschema"]:
        monkeypatch.delitem(sys.modules, name)
    yield Site(tmp_path)
    for name in ("jsonschema.exceptions", "jsonschema._keywords", "jsonschema"):
        sys.modules.pop(name, None)


@pytest.fixture
def validator(site: Site) -> Any:
    for name, source in (
        ("jsonschema", ""),
        ("jsonschema.exceptions", EXCEPTIONS),
        ("jsonschema._keywords", FUNCTIONS),
    ):
        module = site.publish(name, source)
        if "." in name:
            setattr(sys.modules["jsonschema"], name.partition(".")[2], module)
    return site.publish("acme_validator", VALIDATOR)


def test_the_message_of_the_keyword(site: Site, validator: Any) -> None:
    fail = lambda value: validator.validate("required", [value], {})  # noqa: E731
    assert site.identical(fail, VALUES) == "<…> is a required property"


def test_texts_that_a_value_chooses(site: Site, validator: Any) -> None:
    assert site.message(partial(validator.validate, "maxLength", 1, "owner")) == "<…> <…> here"


def test_another_keyword(site: Site, validator: Any) -> None:
    """A word that is none of JSON Schema's chooses nothing, nor does one whose function says otherwise."""
    assert site.identical(validator.refuse, ["owner", "print", "__name__", *KEYWORDS]) == "<…>"


def test_only_its_own_published_class(site: Site, validator: Any) -> None:
    users = site.write("users", EXCEPTIONS)

    def fail(keyword: str) -> None:
        errors = [users.ValidationError("'x' is a required property", keyword)]
        raise errors[0]

    module = site.write("users_validator", VALIDATOR)
    assert site.message(partial(fail, "required")) == "<…>"
    assert site.message(partial(module.validate, "required", ["x"], {})) == "<…>"
