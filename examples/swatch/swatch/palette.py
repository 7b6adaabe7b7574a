"""Palettes as GIMP, Inkscape and Krita write them: `.gpl` files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FIRST_LINE = "GIMP Palette"
COLUMNS = 6

latest: Palette | None = None


class PaletteError(Exception):
    """A mistake that the user can put right: shown as one line, without a traceback."""


@dataclass(frozen=True)
class Colour:
    """A colour with the name that the palette gives it, which may be empty."""

    code: str
    name: str

    @property
    def is_light(self) -> bool:
        """Whether black reads better on it than white."""
        red, green, blue = bytes.fromhex(self.code[1:])
        return 299 * red + 587 * green + 114 * blue > 128_000


@dataclass(frozen=True)
class Palette:
    """Colours in their order, and how many of them stand side by side."""

    name: str
    colours: tuple[Colour, ...]
    columns: int = COLUMNS

    @property
    def rows(self) -> list[tuple[Colour, ...]]:
        """The colours as they are laid out."""
        starts = range(0, len(self.colours), self.columns)
        return [self.colours[start : start + self.columns] for start in starts]


def load(path: Path) -> Palette:
    """Read a palette, the latest.

    Raises:
        PaletteError: there is none in the file.
    """
    global latest
    try:
        first, *lines = path.read_text("utf-8").splitlines() or [""]
    except (OSError, UnicodeDecodeError) as error:
        raise PaletteError(f"cannot read {path}: {error}") from error
    if first.strip() != FIRST_LINE:
        raise PaletteError(f"{path} is no palette: its first line is not {FIRST_LINE!r}")
    name, columns, colours = path.stem, COLUMNS, []
    for number, line in enumerate(map(str.strip, lines), 2):
        try:
            if line.startswith("Name:"):
                name = line.removeprefix("Name:").strip()
            elif line.startswith("Columns:"):
                columns = int(line.removeprefix("Columns:"))
            elif line and not line.startswith("#"):
                colours.append(_colour(line))
        except ValueError as error:
            raise PaletteError(f"{path}, line {number}: {error}") from error
    latest = Palette(name, tuple(colours), columns)
    return latest


def _colour(line: str) -> Colour:
    red, green, blue, *name = line.split(maxsplit=3)
    return Colour(f"#{bytes(map(int, (red, green, blue))).hex()}", "".join(name))
