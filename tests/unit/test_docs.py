"""What the documents point at is there: links, files, and the names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from conftest import ROOT

PACKAGE = ROOT / "telemetry_hook"
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: object) -> None:
    path = ROOT / str(document)
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_sections_that_are_linked_to_are_there(document: object) -> None:
    path = ROOT / str(document)
    for target, section in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", path.read_text("utf-8")):
        text = ((path.parent / target) if target else path).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert section in {
            re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in headings
        }


def places(document: str) -> Iterator[str]:
    """Yield the places in the first table of a document that has places."""
    for line in (ROOT / document).read_text("utf-8").splitlines():
        if line.startswith("|"):
            yield from re.findall(r"`([\w/.]+)`", line)


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in places("CONTRIBUTING.md") if name.endswith((".py", "/"))),
        *(name for name in places("docs/design.md") if name.endswith((".py", "/"))),
    ],
)
def test_places_in_the_package_are_there(name: str) -> None:
    """Places are given below the package, or below the room that the same line begins with."""
    paths = [PACKAGE / name, *(room / name for room in PACKAGE.iterdir() if room.is_dir())]
    assert any(path.exists() for path in paths)


def test_names_in_the_map_of_behaviours_are_in_their_files() -> None:
    rows = re.findall(
        r"^\| [^|`]+ \| `([\w/]+\.py)`, `(\w+)` \|$",
        (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert len(rows) >= 2
    for file, name in rows:
        assert re.search(rf"^(def )?{name}\b", (PACKAGE / file).read_text("utf-8"), re.MULTILINE)
