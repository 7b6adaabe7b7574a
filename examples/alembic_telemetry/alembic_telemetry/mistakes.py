"""What is no crash of alembic's: the user's mistakes, and their databases' and machines' troubles.

What is left for the maintainers is where alembic itself did not know what to do: an assertion, a
`KeyError`, a `TypeError`, an error of its own interpolation.
"""

from __future__ import annotations

import sys
from configparser import DuplicateOptionError, DuplicateSectionError, ParsingError

from alembic.util import CommandError
from alembic.util.compat import tomllib
from sqlalchemy.exc import (
    ArgumentError,
    CompileError,
    NoReferenceError,
    NoSuchTableError,
    StatementError,
)

from alembic_telemetry.stack import frames, package

REFUSALS = (
    CommandError,  # alembic's own words to its user
    NotImplementedError,  # "No support for ALTER of constraints in SQLite dialect"
    StatementError,  # what the database, its driver or a column's type would not take
    *(ArgumentError, CompileError, NoReferenceError, NoSuchTableError),  # models and scripts
    *(ParsingError, DuplicateOptionError, DuplicateSectionError, tomllib.TOMLDecodeError),
    SyntaxError,  # of env.py or of a migration script
    OSError,  # the disk, the network, permissions
)
# Their frames decide nothing: they do what whoever called them has asked for.
LIBRARIES = frozenset({"", "mako", "sqlalchemy", *sys.stdlib_module_names})


def is_expected(exception: BaseException) -> bool:
    """Tell whether alembic refused, or the code that failed was not alembic's.

    That code is env.py, a migration script, the models, a hook of theirs or a database's driver.
    """
    if issubclass(type(exception), REFUSALS):
        return True
    owners = (package(each) for each in frames(exception))
    return next((each for each in owners if each not in LIBRARIES), "alembic") != "alembic"
