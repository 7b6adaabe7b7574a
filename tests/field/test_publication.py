"""Distributions that pip and uv have really installed: which of them a report has texts of."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import tarfile
import threading
from functools import partial
from pathlib import Path

import pytest
from conftest import (
    PLUGIN,
    Environment,
    Home,
    Shell,
    make_environment,
    make_tool,
    make_wheel,
    needs,
    pip_environment,
)

pytestmark = pytest.mark.once

MACHINE = {"LOGNAME": "jane-roe", "CFLAGS": "-DOWNER=jane-roe"}
# Whether texts of a distribution are public that was installed in this way.
WAYS = {
    "pip_name": True,
    "pip_file": False,
    "pip_compiled": False,
    "pip_pure": True,  # nothing on the disk shows that it was built here
    "uv_index": True,  # nor that its index is a private one
    "uv_links": False,
    "uv_file": False,
    "uv_pure": False,
}
CODE = """
import importlib, sys

def main():
    importlib.import_module(sys.argv[1]).turn()
"""
TURN = "def turn():\n    raise RuntimeError('the gear wheel is stuck in the box of {0}')\n"
# It looks around on the machine that builds it, as those of numpy and others do.
SETUP = """
import getpass, os
from setuptools import Distribution, setup

class Compiled(Distribution):
    def has_ext_modules(self):
        return {is_compiled}

with open("{name}.py", "w") as file:
    file.write({turn!r}.format(getpass.getuser() + os.environ["CFLAGS"]))
setup(name="{name}", version="1.0", py_modules=["{name}"], distclass=Compiled)
"""


def make_sdist(directory: Path, name: str) -> Path:
    setup = SETUP.format(name=name, turn=TURN, is_compiled="compiled" in name)
    for file, text in ("setup.py", setup), ("PKG-INFO", f"Name: {name}\nVersion: 1.0\n"):
        (directory / name).mkdir(exist_ok=True)
        (directory / name / file).write_text(text)
    archive = directory / f"{name}-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        opened.add(directory / name, f"{name}-1.0")
    return archive


def make_gear(directory: Path, name: str) -> Path:
    return make_wheel(directory, name, {f"{name}.py": TURN})


def uv(environment: Environment, *arguments: str) -> None:
    command = ("uv", "pip", "install", "--quiet", "--no-deps", "--python", str(environment.python))
    subprocess.run([sys.executable, "-m", *command, *arguments], check=True, env=pip_environment())


@pytest.fixture(scope="module")
def machine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install a tool, and what it requires in each of the ways."""
    needs("uv")
    directory = tmp_path_factory.mktemp("publication")
    made = make_environment(directory / "environment")
    plugin = PLUGIN + "@hookimpl\ndef telemetry_ask(report, tool): return 'yes'\n"
    tool = make_tool(directory, "gearbox", CODE, plugin=plugin, requires=tuple(WAYS))
    made.pip("install", wheel, "setuptools>=77", "wheel")
    made.pip("install", "--no-deps", tool, make_gear(directory, "pip_name"))
    made.pip("install", "--no-deps", make_gear(directory, "pip_file").as_uri())
    build = ("--no-index", "--no-build-isolation", "--find-links", str(directory))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in MACHINE.items():
            patch.setenv(name, value)
        for name in ("pip_compiled", "pip_pure", "uv_pure"):
            make_sdist(directory, name)
        made.pip("install", "--no-deps", *build, "pip_compiled", "pip_pure")
        uv(made, *build, "uv_pure")
    make_gear(directory, "uv_links")
    uv(made, "--no-index", "--find-links", str(directory), "uv_links")
    uv(made, str(make_gear(directory, "uv_file")))
    (directory / "index/uv-index").mkdir(parents=True)
    make_gear(directory / "index/uv-index", "uv_index")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=directory / "index")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        uv(made, "--index-url", f"http://127.0.0.1:{server.server_address[1]}", "uv_index")
        server.shutdown()
    return made


@pytest.mark.parametrize("way", WAYS)
def test_what_a_report_has_of_a_dependency(
    way: str, machine: Environment, home: Home, tmp_path: Path
) -> None:
    """What was built here, or was a file on this machine, is a user's."""
    Shell(machine, home, tmp_path).run("gearbox", way)
    [report] = home.wait_for_reports()
    [exception] = report["exceptions"]
    assert exception["frames"][-1]["function"] == ("turn" if WAYS[way] else "<user code>")
    assert (exception["message"] != "<…>") is WAYS[way]
    assert "jane" not in json.dumps(report) or way == "pip_pure"
