"""Packages that check values."""

from __future__ import annotations

import typing

import attrs
import cattrs
import cerberus
import jsonschema
import marshmallow
import pydantic
import voluptuous

from corpus.planting import case


class Account(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    user: str = pydantic.Field(max_length=2)
    age: int
    role: typing.Literal["reader", "writer"] = "reader"


class Address(pydantic.BaseModel):
    url: pydantic.HttpUrl | None = None
    port: int = pydantic.Field(default=1, le=10)
    tags: list[int] = []

    @pydantic.field_validator("port")
    @classmethod
    def check(cls, value):
        if value == 7:
            raise ValueError(f"the port {value} belongs to the echo service")
        return value


class Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)
    word: str


@case
def pydantic_missing(s):
    Account()


@case
def pydantic_types(s):
    Account(user=s.user, age=s.word)


@case
def pydantic_extra(s):
    Account(user="x", age=1, **{f"{s.attribute}_x": s.password})


@case
def pydantic_literal(s):
    Account(user="x", age=1, role=s.word)


@case
def pydantic_json(s):
    Account.model_validate_json("{" + s.text)


@case
def pydantic_url(s):
    Address(url=s.word)


@case
def pydantic_range(s):
    Address(port=s.number + 1000)


@case
def pydantic_validator(s):
    Address(port=7)


@case
def pydantic_list(s):
    Address(tags=[s.word, s.number, s.table])


@case
def pydantic_kind(s):
    Account.model_validate(s.word)


@case
def pydantic_frozen(s):
    Frozen(word=s.word).word = s.password


@case
def pydantic_attribute(s):
    setattr(Account(user="x", age=1), f"{s.attribute}_x", 1)


@case
def pydantic_getattr(s):
    getattr(Account(user="x", age=1), f"{s.attribute}_x")


@case
def pydantic_adapter(s):
    pydantic.TypeAdapter(dict[str, int]).validate_python({s.key: s.word})


@case
def pydantic_union(s):
    pydantic.TypeAdapter(int | bool | list[int]).validate_python(s.word)


@case
def pydantic_date(s):
    import datetime

    pydantic.TypeAdapter(datetime.date).validate_python(s.word)


@case
def pydantic_secret(s):
    pydantic.TypeAdapter(pydantic.SecretStr).validate_python(s.number)


@case
def pydantic_definition(s):
    pydantic.create_model(s.attribute, **{s.column: (object(), 1)})


@case
def pydantic_annotation(s):
    type(s.attribute, (pydantic.BaseModel,), {s.column: 1, "__module__": "x"})


@case
def pydantic_validate_call(s):
    @pydantic.validate_call
    def work(count: int):
        return count

    work(s.word)


@case
def pydantic_serialize(s):
    pydantic.TypeAdapter(object).dump_json(object())


@case
def pydantic_undefined(s):
    pydantic.create_model("Row", x=(f"{s.attribute}_missing", ...))(x=1)


@attrs.define
class Server:
    host: str = attrs.field(validator=attrs.validators.instance_of(str))
    port: int = attrs.field(default=1, validator=attrs.validators.in_([1, 2]))
    name: str = attrs.field(default="ab", validator=attrs.validators.max_len(2))


@attrs.frozen
class Fixed:
    word: str


@case
def attrs_type(s):
    Server(s.number)


@case
def attrs_choice(s):
    Server("x", s.number)


@case
def attrs_length(s):
    Server("x", 1, s.word)


@case
def attrs_pattern(s):
    attrs.make_class(
        "Row", {s.attribute: attrs.field(validator=attrs.validators.matches_re("[0-9]"))}
    )(s.word)


@case
def attrs_frozen(s):
    Fixed(s.word).word = s.password


@case
def attrs_missing(s):
    Server()


@case
def attrs_unexpected(s):
    Server("x", **{f"{s.attribute}_x": 1})


@case
def attrs_not_attrs(s):
    attrs.fields(s)


@case
def attrs_order(s):
    attrs.make_class("Row", {"a": attrs.field(default=1), s.attribute: attrs.field()})


@case
def attrs_evolve(s):
    attrs.evolve(Fixed(s.word), **{f"{s.attribute}_x": 1})


@case
def attrs_slots(s):
    setattr(Server("x"), f"{s.attribute}_x", 1)


@case
def attrs_all_of(s):
    attrs.make_class("Row", {"a": attrs.field(validator=[attrs.validators.gt(s.number)])})(0)


@case
def cattrs_structure(s):
    cattrs.structure({"host": s.host, "port": s.word}, Server)


@case
def cattrs_missing(s):
    cattrs.structure({}, Fixed)


@case
def cattrs_extra(s):
    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.structure({"word": s.word, f"{s.attribute}_x": s.password}, Fixed)


@case
def cattrs_unsupported(s):
    cattrs.structure(s.word, object)


@case
def cattrs_list(s):
    cattrs.structure([s.word], list[int])


@case
def cattrs_literal(s):
    cattrs.Converter(detailed_validation=False).structure(s.word, typing.Literal["a", "b"])


class Schema(marshmallow.Schema):
    name = marshmallow.fields.String(required=True)
    count = marshmallow.fields.Integer()


@case
def marshmallow_invalid(s):
    Schema().load({"count": s.word})


@case
def marshmallow_unknown(s):
    Schema().load({"name": s.word, f"{s.attribute}_x": s.password})


@case
def marshmallow_json(s):
    Schema().loads(s.text)


@case
def marshmallow_only(s):
    Schema(only=[f"{s.attribute}_x"])


@case
def marshmallow_registry(s):
    marshmallow.fields.Nested(f"{s.attribute}Missing").schema


@case
def marshmallow_own(s):
    raise marshmallow.ValidationError(f"the account {s.user} has been closed", field_name=s.column)


@case
def marshmallow_attribute(s):
    class Broken(marshmallow.Schema):
        value = marshmallow.fields.Function(lambda thing: thing[s.key])

    Broken().dump({})


def check(value, schema):
    jsonschema.validate(value, schema, cls=jsonschema.Draft7Validator)


@case
def schema_type(s):
    check({s.column: s.word}, {"properties": {s.column: {"type": "integer"}}})


@case
def schema_required(s):
    check({}, {"required": [s.column]})


@case
def schema_enum(s):
    check(s.word, {"enum": [s.table + "x", s.column + "x"]})


@case
def schema_pattern(s):
    check(s.word, {"pattern": "^[0-9]$"})


@case
def schema_extra(s):
    check({s.column: s.password}, {"additionalProperties": False})


@case
def schema_length(s):
    check(s.word, {"maxLength": 1})


@case
def schema_any(s):
    check(s.word, {"anyOf": [{"type": "integer"}, {"type": "null"}]})


@case
def schema_minimum(s):
    check(-s.number, {"minimum": 0})


@case
def schema_bad(s):
    check(s.word, {"type": s.word})


@case
def schema_reference(s):
    check(s.word, {"$ref": f"#/definitions/{s.table}"})


@case
def schema_remote(s):
    check(s.word, {"$ref": f"{s.attribute}x:nowhere"})


@case
def voluptuous_invalid(s):
    voluptuous.Schema({"port": int})({"port": s.word})


@case
def voluptuous_extra(s):
    voluptuous.Schema({"port": int})({s.column: s.password})


@case
def voluptuous_required(s):
    voluptuous.Schema({voluptuous.Required(s.column): int})({})


@case
def voluptuous_range(s):
    voluptuous.Schema(voluptuous.Range(max=-1))(s.number)


@case
def voluptuous_own(s):
    def refuse(value):
        raise voluptuous.Invalid(f"{value} is not the name of a colour")

    voluptuous.Schema({"colour": refuse})({"colour": s.word})


@case
def voluptuous_choice(s):
    voluptuous.Schema(voluptuous.In(["a", "b"]))(s.word)


@case
def cerberus_schema(s):
    cerberus.Validator({s.column: {"type": s.word}})


@case
def cerberus_no_schema(s):
    cerberus.Validator().validate({s.column: s.word})


@case
def cerberus_document(s):
    cerberus.Validator({"a": {}}).validate(s.word)


@case
def cerberus_rule(s):
    cerberus.Validator({s.column: {f"{s.attribute}_x": 1}})
