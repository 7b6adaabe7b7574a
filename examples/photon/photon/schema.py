"""The schema language: datasource, model and enum blocks, one entry on each line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from photon.errors import SchemaError

SCALARS = ("String", "Int", "Boolean", "DateTime", "Float")
PROVIDERS = ("sqlite", "postgresql", "mysql")

_COMMENT = re.compile(r'("[^"]*")|//.*')
_BLOCK = re.compile(r"(datasource|model|enum)\s+([A-Za-z]\w*)\s*\{")
_SETTING = re.compile(r'(provider|url)\s*=\s*"([^"]+)"')
_VALUE = re.compile(r"[A-Za-z]\w*")
_ATTRIBUTE = r'\s+@(id|unique|default|relation)(?:\(("[^"]*"|[\w.+-]+(?:\(\))?)\))?'
_FIELD = re.compile(rf"([A-Za-z]\w*)\s+([A-Za-z]\w*)(\?|\[\])?((?:{_ATTRIBUTE})*)")


@dataclass(frozen=True)
class Line:
    """One line of a schema file, which can say where a mistake is."""

    path: Path
    number: int
    text: str

    def error(self, message: str) -> SchemaError:
        """Make the error that points at this line."""
        return SchemaError(f"{self.path}:{self.number}: {message}")

    def match(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        """Read the whole line, or say what was expected."""
        if found := pattern.fullmatch(self.text):
            return found
        raise self.error(f"expected {expected}")


@dataclass(frozen=True)
class Field:
    """One field of a model; the modifier is `?`, `[]` or nothing."""

    name: str
    type: str
    modifier: str
    attributes: dict[str, str]
    line: Line

    @property
    def is_relation(self) -> bool:
        """Whether this is the side of a relation that holds the foreign key."""
        return "relation" in self.attributes

    @property
    def column(self) -> str:
        """The column that holds the field: a relation's holds the key of the other record."""
        return f"{self.name}Id" if self.is_relation else self.name


@dataclass(frozen=True)
class Model:
    """A model, which becomes a table."""

    name: str
    fields: dict[str, Field]
    key: Field


@dataclass
class Schema:
    """Everything that a schema file says."""

    path: Path
    provider: str = ""
    url: str = ""
    models: dict[str, Model] = field(default_factory=dict)
    enums: dict[str, list[str]] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        """The SQLite file, found from where the schema is."""
        return self.path.parent / self.url.removeprefix("file:")

    def has_column(self, field: Field) -> bool:
        """Tell a field with a column of its own from the other side of a relation."""
        return field.type not in self.models or field.is_relation


def load(path: Path) -> Schema:
    """Read a schema file into models and enums, or say which line is wrong."""
    if not path.is_file():
        raise SchemaError(f"no schema at {path}: `lift init` writes one")
    schema = Schema(path)
    for kind, name, head, body in _blocks(path):
        if name in {*schema.models, *schema.enums, *SCALARS}:
            raise head.error(f"{name} is already taken")
        if kind == "model":
            schema.models[name] = _model(name, head, body)
        elif kind == "enum":
            schema.enums[name] = [line.match(_VALUE, "a value")[0] for line in body]
        else:
            read = [line.match(_SETTING, '`provider = "..."` or `url = "..."`') for line in body]
            settings = {found[1]: found[2] for found in read}
            schema.provider, schema.url = settings.get("provider", ""), settings.get("url", "")
            if schema.provider not in PROVIDERS or not schema.url:
                raise head.error(f"needs a url and a provider: {', '.join(PROVIDERS)}")
    if not schema.provider:
        raise SchemaError(f"{path}: there is no datasource block")
    for each in (each for model in schema.models.values() for each in model.fields.values()):
        if each.type not in {*SCALARS, *schema.models, *schema.enums}:
            raise each.line.error(f"there is no type {each.type}")
        if each.modifier == "[]" and each.type not in schema.models:
            raise each.line.error(f"a list of {each.type} cannot be stored in a column")
    return schema


def _blocks(path: Path) -> Iterator[tuple[str, str, Line, list[Line]]]:
    texts = (_COMMENT.sub(r"\1", text).strip() for text in path.read_text("utf-8").splitlines())
    lines = (Line(path, number, text) for number, text in enumerate(texts, 1) if text)
    for head in lines:
        found = head.match(_BLOCK, "`datasource`, `model` or `enum`, a name and `{`")
        body: list[Line] = []
        for line in lines:
            if line.text == "}":
                break
            body.append(line)
        else:
            raise head.error(f"{found[2]} is never closed with `}}`")
        yield found[1], found[2], head, body


def _model(name: str, head: Line, body: list[Line]) -> Model:
    fields: dict[str, Field] = {}
    for line in body:
        new = _field(line)
        if new.name in fields:
            raise line.error(f"{name} has a field {new.name} already")
        fields[new.name] = new
    keys = [each for each in fields.values() if "id" in each.attributes]
    if len(keys) != 1:
        raise head.error(f"{name} needs one field with @id")
    return Model(name, fields, keys[0])


def _field(line: Line) -> Field:
    found = line.match(_FIELD, "a field: its name, its type and any attributes")
    name, type_, modifier, rest = found.group(1, 2, 3, 4)
    attributes: dict[str, str] = dict(re.findall(_ATTRIBUTE, rest))
    if "relation" in attributes and (type_ in SCALARS or modifier == "[]" or "id" in attributes):
        raise line.error("@relation belongs on a field that refers to one other model")
    return Field(name, type_, modifier or "", attributes, line)
