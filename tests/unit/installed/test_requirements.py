"""Metadata of installed distributions → what a tool may require, and what it does require."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from installed import Installed, site

from telemetry_hook._installed import requirements
from telemetry_hook._redact.published.public_files import PublicFiles

BUILT_HERE = "Tag: cp311-cp311-linux_x86_64\n"


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """Return a site directory with some distributions."""
    with site(tmp_path.resolve() / "site") as made:
        yield made


def names(installed: Installed, *requires: str, is_followed: bool = True) -> list[str]:
    """Return the names of what a tool requires."""
    tool = installed.install("tool", {"tool.py": ""}, requires=requires)
    found = requirements.required([tool], lambda each: each is tool or is_followed)
    return [each.name for each in found]


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("server", ["server", "wire"]),
        ("Server >=1 ; python_version > '3'", ["server", "wire"]),
        ("server[fast]", ["server", "wire", "loop"]),
        ("server [ fast , other ] (>=1)", ["server", "wire", "loop"]),
        ("server; extra == 'web'", ["server", "wire"]),
        ("server[Fast]; extra == 'web'", ["server", "wire", "loop"]),
        ("absent", []),
        ("", []),
    ],
)
def test_extras(installed: Installed, requirement: str, expected: list[str]) -> None:
    """All extras of the tool count, and of what it requires those that it requires."""
    requires = ("wire", 'loop; extra == "fast"', "tests ; extra=='dev'", "server")
    installed.install("server", {"server.py": ""}, requires=requires)
    for each in ("wire", "loop", "tests", "stranger"):
        installed.install(each, {f"{each}.py": ""})
    assert sorted(names(installed, requirement)) == sorted(expected)


def test_an_extra_that_is_required_later(installed: Installed) -> None:
    """A distribution is read again for each extra of it."""
    installed.install("server", {"server.py": ""}, requires=("loop; extra == 'fast'",))
    installed.install("client", {"client.py": ""}, requires=("server[fast]", "client"))
    installed.install("loop", {"loop.py": ""})
    assert sorted(names(installed, "server", "client")) == ["client", "loop", "server"]


def test_what_is_not_followed(installed: Installed) -> None:
    """It is in the result, and what it requires is not."""
    installed.install("client", {"client.py": ""}, requires=("loop",))
    installed.install("loop", {"loop.py": ""})
    assert names(installed, "client", is_followed=False) == ["client"]


def test_what_an_unpublished_one_requires_is_not_told(installed: Installed) -> None:
    """It is named itself, as the tool requires it; what it requires would tell of this machine."""
    tool = installed.install("acme", {"acme.py": ""}, requires=("server", "fork"))
    installed.install("server", {"server.py": ""}, requires=("loop",))
    installed.install("fork", {"fork.py": ""}, requires=("secret",), wheel=BUILT_HERE)
    installed.install("loop", {"loop.py": ""})
    installed.install("secret", {"secret.py": ""})
    found = [each.name for each in PublicFiles([tool], is_local=False).required()]
    assert found == ["fork", "loop", "server"]
    unpublished = installed.install(
        "lift", {"lift.py": ""}, requires=("server",), version="1.0+jane"
    )
    assert PublicFiles([unpublished], is_local=False).required() == []
    assert [each.name for each in PublicFiles([unpublished], is_local=True).required()]
