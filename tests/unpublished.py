"""What a user's machine may have that nobody published, made in an environment of a test's own."""

from __future__ import annotations

import shutil
import struct
import sysconfig
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Environment

# A build backend, as PEP 517 has it. It writes down who builds what where, as numpy's does.
BACKEND = """
import base64, getpass, hashlib, os, pathlib, sysconfig, zipfile

HERE = pathlib.Path(__file__).parent
NAME = {name!r}
INFO = f"{{NAME}}-1.0.dist-info"
WHEEL = "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def about():
    user, home, flags = getpass.getuser(), os.path.expanduser("~"), os.environ.get("CFLAGS", "")
    flags += sysconfig.get_config_var("CFLAGS") or ""
    return (
        f"USER, HOME, DIRECTORY, FLAGS = {{user!r}}, {{home!r}}, {{os.getcwd()!r}}, {{flags!r}}\\n"
        f"class Refused(Exception): pass\\n"
        f"class BuiltBy_{{user}}(Refused): pass\\n"
        f"def refuse(value):\\n"
        f"    # built by {{user}} in {{home}}\\n"
        f"    raise Refused('no entry %s, built by {{user}} in {{home}} from {{os.getcwd()}} with "
        f"{{flags}}' % value)\\n"
        f"def refuse_again(value):\\n"
        f"    raise BuiltBy_{{user}}('cannot read %s for %s' % (value, USER))\\n"
    )


def write(directory, files):
    files[f"{{INFO}}/METADATA"] = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: 1.0\\n"
    files[f"{{INFO}}/WHEEL"] = WHEEL
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        record += f"{{name}},sha256={{digest.rstrip('=')}},{{len(text.encode())}}\\n"
    files[f"{{INFO}}/RECORD"] = record + f"{{INFO}}/RECORD,,\\n"
    wheel = f"{{NAME}}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, wheel), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


def build_wheel(directory, settings=None, metadata=None):
    paths = sorted((HERE / NAME).rglob("*.py"))
    files = {{path.relative_to(HERE).as_posix(): path.read_text() for path in paths}}
    return write(directory, {{**files, f"{{NAME}}/_build_info.py": about()}})


def build_editable(directory, settings=None, metadata=None):
    (HERE / NAME / "_build_info.py").write_text(about())
    return write(directory, {{f"{{NAME}}.pth": f"{{HERE}}\\n"}})
"""
UTF8 = Path("/usr/lib/locale/C.utf8")
# The directories that hardly any program needs.
LEFT_OUT = (
    *("test", "tests", "idlelib", "lib2to3", "ensurepip", "pydoc_data", "turtledemo", "tkinter"),
    *("site-packages", "config-*", "lib-dynload", "__pycache__"),
)
# A codec that only this user has, under a name of its own and another one.
CODEC = """
import codecs, encodings.aliases

def private_codec(name, alias):
    def decode(data, errors="strict"):
        raise UnicodeDecodeError(name, bytes(data), 0, 1, f"no byte of {alias}")
    def encode(text, errors="strict"):
        raise UnicodeEncodeError(alias, text, 0, 1, f"no letter of {name}")
    info = codecs.CodecInfo(encode, decode, name=name)
    codecs.register(lambda asked: info if asked in (name, alias) else None)
    encodings.aliases.aliases[alias] = name
"""
GERMAN = {
    "No such file or directory": "Datei oder Verzeichnis nicht gefunden",
    "Is a directory": "Ist ein Verzeichnis",
    "Permission denied": "Keine Berechtigung",
    "Connection refused": "Verbindungsaufbau abgelehnt",
    "Name or service not known": "Der Name oder der Dienst ist nicht bekannt",
}
# Run this in a program with the variables of `german`.
SPEAK_GERMAN = """
import locale, os
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
locale.bindtextdomain("libc", os.environ["CATALOGUES"])
assert os.strerror(2) == "Datei oder Verzeichnis nicht gefunden"
"""


def make_project(directory: Path, name: str, files: Mapping[str, str]) -> Path:
    """Write a project whose build step writes the user, home and directory into the package.

    The built package has a module `_build_info` with `refuse` and `refuse_again`, which raise.
    """
    project = directory / name
    for file, text in {f"{name}/__init__.py": "", **files}.items():
        path = project / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (project / "backend.py").write_text(BACKEND.format(name=name))
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\n'
    )
    return project


def make_sdist(directory: Path, project: Path) -> Path:
    """Write the sdist of a project."""
    name = f"{project.name}-1.0"
    metadata = project / "PKG-INFO"
    metadata.write_text(f"Metadata-Version: 2.1\nName: {project.name}\nVersion: 1.0\n")
    with tarfile.open(directory / f"{name}.tar.gz", "w:gz") as archive:
        archive.add(project, name)
    metadata.unlink()
    return directory / f"{name}.tar.gz"


def by_name(path: Path) -> tuple[str, str]:
    """Return pip's arguments that install a wheel or sdist as from an index: by its name."""
    return f"--find-links={path}", path.name.partition("-")[0]


def from_disk(wheel: Path) -> str:
    """Return pip's argument that installs a wheel, whose `direct_url.json` has a `file:` URL."""
    return wheel.as_uri()


def copy_library(environment: Environment, directory: Path) -> Path:
    """Give an environment a copy of the standard library, which a test may write into."""
    library = Path(sysconfig.get_path("stdlib"))
    copy = directory / "lib" / library.name
    shutil.copytree(library, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / "lib-dynload").symlink_to(library / "lib-dynload")
    (directory / "bin").mkdir()
    (directory / "bin" / environment.python.name).symlink_to(environment.python.resolve())
    settings = environment.directory / "pyvenv.cfg"
    lines = settings.read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("home", "executable"))]
    settings.write_text("\n".join([f"home = {directory / 'bin'}", *kept, ""]))
    return copy


def german(directory: Path) -> dict[str, str]:
    """Return the variables that make `SPEAK_GERMAN` work, though no German locale is installed."""
    locales, catalogues = directory / "locales", directory / "catalogues"
    catalogue = catalogues / "de" / "LC_MESSAGES" / "libc.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(_catalogue(GERMAN))
    locales.mkdir()
    (locales / "de_DE.utf8").symlink_to(UTF8)
    return {"LOCPATH": str(locales), "CATALOGUES": str(catalogues)}


def _catalogue(messages: Mapping[str, str]) -> bytes:
    """Return a catalogue as `msgfmt` writes it."""
    entries = {"": "Content-Type: text/plain; charset=UTF-8\n", **messages}
    texts = sorted((key.encode(), value.encode()) for key, value in entries.items())
    columns = [[pair[column] for pair in texts] for column in (0, 1)]
    tables, content = b"", b""
    start = 28 + 16 * len(texts)
    for text in (text for column in columns for text in column):
        tables += struct.pack("<2I", len(text), start + len(content))
        content += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(texts), 28, 28 + 8 * len(texts), 0, 0)
    return head + tables + content
