"""Messages of every built-in exception class are redacted, whatever Python runs."""

from __future__ import annotations

import base64
import builtins
import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from telemetry_hook._redact.published.classes import PublicClasses
from telemetry_hook._redact.published.code import PublicCode
from telemetry_hook._redact.published.files import PublicFiles
from telemetry_hook._redact.published.lookup import Published

from telemetry_hook._crash import capture
from telemetry_hook._crash.crash import Frame
from telemetry_hook._installed.distributions import Distribution
from telemetry_hook._redact.message.search import look_up

SECRETS = ("hunter2", "tiger99")
TEMPLATE = "cannot read the <…> of today"
GROUPED = f"{TEMPLATE} (<…> sub-exceptions)"
TEXT = 'f"cannot read the {secret} of today"'
# Classes that take more than a text, or print it differently: what is raised, and its message.
SPECIAL = {
    "BaseExceptionGroup": (f"{TEXT}, [builtins.KeyboardInterrupt()]", GROUPED),
    "ExceptionGroup": (f"{TEXT}, [builtins.ValueError()]", GROUPED),
    "KeyError": (TEXT, TEMPLATE),
    "UnicodeDecodeError": (
        "'utf-8', secret.encode(), 0, 1, 'invalid start byte'",
        "'utf-8' codec can't decode byte <…> in position <…>: invalid start byte",
    ),
    "UnicodeEncodeError": (
        "'utf-8', secret, 0, 1, 'surrogates not allowed'",
        "'utf-8' codec can't encode character '\\<…>' in position <…>: surrogates not allowed",
    ),
    "UnicodeTranslateError": (f"secret, 0, 1, {TEXT}", "<…>"),
}
NAMES = sorted(
    value.__name__
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and value.__name__ == name
)


class Tool:
    """A module of a distribution that is published."""

    def __init__(self, directory: Path) -> None:
        path = directory / "fragile.py"
        path.write_text("\n".join(map(_function, NAMES)), encoding="utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        info = directory / "fragile-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: fragile\nVersion: 1\n", encoding="utf-8")
        record = f"fragile.py,sha256={digest.rstrip('=')},{path.stat().st_size}\n"
        (info / "RECORD").write_text(record, encoding="utf-8")
        self._distribution = Distribution(str(directory), info.name)
        self._module = _imported(path)

    def message(self, name: str, secret: str) -> str:
        """Return the redacted message of the exception that a function raises."""
        with pytest.raises(BaseException) as caught:  # noqa: PT011 (each class in turn)
            getattr(self._module, name)(secret)
        assert type(caught.value).__name__ == name
        code = PublicCode()
        files = PublicFiles([self._distribution], is_local=True)
        published = Published(files, code, PublicClasses(files, code))
        frame = capture.capture(caught.value, "reported").captured[0].frames[-1]
        assert isinstance(frame, Frame)
        file = files.of_code(frame.code.co_filename)
        assert file is not None
        definition = code.twin(frame.code, file)
        assert definition is not None
        place = file, definition, definition.line_at(frame.lasti)
        return str(look_up(published, caught.value, [frame], [place], []).text)


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Tool:
    return Tool(tmp_path_factory.mktemp("site"))


def _function(name: str) -> str:
    arguments, _ = SPECIAL.get(name, (TEXT, TEMPLATE))
    return f"def {name}(secret): raise builtins.{name}({arguments})\n"


def _imported(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("fragile", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    module.__dict__["builtins"] = builtins
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_class_keeps_its_template_and_no_secret(tool: Tool, name: str) -> None:
    """The template is found, and two secrets give the same message."""
    messages = {tool.message(name, secret) for secret in SECRETS}
    _, message = SPECIAL.get(name, (TEXT, TEMPLATE))
    assert messages == {message}
