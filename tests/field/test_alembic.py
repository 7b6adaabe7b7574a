"""A real tool of somebody else's, unmodified: alembic dies, the plugin beside it asks and reports."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from conftest import Environment, Home, Kent, Shell, build_wheel, make_environment
from events import plain

pytestmark = pytest.mark.once

# Pinned: events name the lines of their source.
ALEMBIC = ("alembic==1.20.1", "sqlalchemy==2.0.58")

INI = """
[alembic]
script_location = migrations
sqlalchemy.url = {url}
"""
ENV = """
from alembic import context
from sqlalchemy import create_engine
from shop import models

options = context.config.get_section("alembic")
with create_engine(options["sqlalchemy.url"]).connect() as connection:
    context.configure(
        connection=connection, target_metadata=models, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = """
from sqlalchemy import *
models = MetaData()
Table("customers", models, Column("id", Integer, primary_key=True), Column("iban", String(34)))
Table(
    "invoices", models,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, Identity(start=4711)),
    Column("payer", ForeignKey("customers.id")),
    Column("recipient", ForeignKey("customers.id")),
    Column("tier", Enum("PLATINUM", "PAUPER")),
)
Table("salaries", models, Column("amount", Integer), schema="payroll")
"""
SCRIPT = """
from alembic import op
revision, down_revision = {revision!r}, {after!r}
def upgrade():
    {upgrade}
def downgrade():
    pass
"""
INVOICES = "op.execute('CREATE TABLE invoices (id INTEGER NOT NULL, number INTEGER DEFAULT 4711)')"
PRIVATE = [
    *("40ss", "db.internal", "orders", "postgresql://", "hunter2"),
    *("customers", "iban", "invoices", "payer", "recipient", "PLATINUM", "salaries", "payroll"),
    *("4711", "first_of_all", "long_gone", "vip tiers"),
]

UPGRADING = """\
<console script>
main, alembic.config:1039 of alembic@1.20.1
  argv: None, kwargs: dict(0), prog: None
CommandLine.main, alembic.config:1029 of alembic@1.20.1
  argv: None, cfg: alembic.config.Config, ini: str, options: argparse.Namespace, self:
  alembic.config.CommandLine, toml: str
CommandLine.run_cmd, alembic.config:963 of alembic@1.20.1
  config: alembic.config.Config, fn: function, kwarg: list(1+), options: argparse.Namespace,
  positional: list(1+), self: alembic.config.CommandLine
upgrade, alembic.command:487 of alembic@1.20.1
  config: alembic.config.Config, revision: str, script: alembic.script.base.ScriptDirectory,
  sql: bool, starting_rev: None, tag: None, upgrade: function
ScriptDirectory.run_env, alembic.script.base:550 of alembic@1.20.1
  self: alembic.script.base.ScriptDirectory, util: module
load_python_file, alembic.util.pyfiles:114 of alembic@1.20.1
  dir_: pathlib.PosixPath, ext: str, filename: str, filename_as_path: pathlib.PosixPath,
  module_id: str, path: pathlib.PosixPath
load_module_py, alembic.util.pyfiles:132 of alembic@1.20.1
  module: module, module_id: str, path: pathlib.PosixPath, spec:
  importlib._bootstrap.ModuleSpec
<user code>
"""
INTERPOLATION = (
    UPGRADING
    + """\
Config.get_section, alembic.config:337 of alembic@1.20.1
  default: None, name: str, self: alembic.config.Config"""
)
MISSING = (
    UPGRADING
    + """\
EnvironmentContext.run_migrations, alembic.runtime.environment:970 of alembic@1.20.1
  kw: dict(0), self: alembic.runtime.environment.EnvironmentContext
MigrationContext.run_migrations, alembic.runtime.migration:604 of alembic@1.20.1
  dont_mutate: bool, head_maintainer: alembic.runtime.migration.HeadMaintainer, heads:
  tuple(0), kw: dict(0), self: alembic.runtime.migration.MigrationContext
upgrade.<locals>.upgrade, alembic.command:476 of alembic@1.20.1
  context: alembic.runtime.migration.MigrationContext, rev: tuple(0), revision: str, script:
  alembic.script.base.ScriptDirectory
ScriptDirectory._upgrade_revs, alembic.script.base:426 of alembic@1.20.1
  current_rev: tuple(0), destination: str, revs: generator, self:
  alembic.script.base.ScriptDirectory
RevisionMap.iterate_revisions, alembic.script.revision:807 of alembic@1.20.1
  assert_relative_length: bool, fn: method, implicit_base: bool, inclusive: bool, lower:
  tuple(0), select_for_downgrade: bool, self: alembic.script.revision.RevisionMap, upper:
  str
RevisionMap._collect_upgrade_revisions, alembic.script.revision:1440 of alembic@1.20.1
  assert_relative_length: bool, implicit_base: bool, inclusive: bool, lower: tuple(0), self:
  alembic.script.revision.RevisionMap, upper: str
RevisionMap._parse_upgrade_target, alembic.script.revision:1227 of alembic@1.20.1
  assert_relative_length: bool, current_revisions: tuple(0), match: None, self:
  alembic.script.revision.RevisionMap, target: str
RevisionMap.get_revisions, alembic.script.revision:537 of alembic@1.20.1
  id_: str, self: alembic.script.revision.RevisionMap
RevisionMap._resolve_revision_number, alembic.script.revision:761 of alembic@1.20.1
  branch_label: None, id_: str, self: alembic.script.revision.RevisionMap
_memoized_property.__get__, sqlalchemy.util.langhelpers:1138 of SQLAlchemy@2.0.58
RevisionMap._revision_map, alembic.script.revision:240 of alembic@1.20.1
  _real_bases: tuple(1+), _real_heads: <user class> (set), all_revisions: set(1+), bases:
  tuple(1+), downrev: str, has_branch_labels: set(0), heads: <user class> (set), map_:
  dict(1+), rev: alembic.script.base.Script, rev_map: dict(1+), revision:
  alembic.script.base.Script, self: alembic.script.revision.RevisionMap"""
)
IDENTITY = """\
<console script>
main, alembic.config:1039 of alembic@1.20.1
  argv: None, kwargs: dict(0), prog: None
CommandLine.main, alembic.config:1029 of alembic@1.20.1
  argv: None, cfg: alembic.config.Config, ini: str, options: argparse.Namespace, self:
  alembic.config.CommandLine, toml: str
CommandLine.run_cmd, alembic.config:963 of alembic@1.20.1
  config: alembic.config.Config, fn: function, kwarg: list(10+), options:
  argparse.Namespace, positional: list(0), self: alembic.config.CommandLine
revision, alembic.command:306 of alembic@1.20.1
  autogenerate: bool, branch_label: None, command_args: dict(1+), config:
  alembic.config.Config, depends_on: None, environment: bool, head: None, message: str,
  process_revision_directives: None, retrieve_migrations: function, rev_id: None,
  revision_context: alembic.autogenerate.api.RevisionContext, script_directory:
  alembic.script.base.ScriptDirectory, splice: bool, sql: bool, version_path: None
ScriptDirectory.run_env, alembic.script.base:550 of alembic@1.20.1
  self: alembic.script.base.ScriptDirectory, util: module
load_python_file, alembic.util.pyfiles:114 of alembic@1.20.1
  dir_: pathlib.PosixPath, ext: str, filename: str, filename_as_path: pathlib.PosixPath,
  module_id: str, path: pathlib.PosixPath
load_module_py, alembic.util.pyfiles:132 of alembic@1.20.1
  module: module, module_id: str, path: pathlib.PosixPath, spec:
  importlib._bootstrap.ModuleSpec
<user code>
EnvironmentContext.run_migrations, alembic.runtime.environment:970 of alembic@1.20.1
  kw: dict(0), self: alembic.runtime.environment.EnvironmentContext
MigrationContext.run_migrations, alembic.runtime.migration:604 of alembic@1.20.1
  dont_mutate: bool, head_maintainer: alembic.runtime.migration.HeadMaintainer, heads:
  tuple(1+), kw: dict(0), self: alembic.runtime.migration.MigrationContext
revision.<locals>.retrieve_migrations, alembic.command:282 of alembic@1.20.1
  context: alembic.runtime.migration.MigrationContext, rev: tuple(1+), revision_context:
  alembic.autogenerate.api.RevisionContext
RevisionContext.run_autogenerate, alembic.autogenerate.api:580 of alembic@1.20.1
  migration_context: alembic.runtime.migration.MigrationContext, rev: tuple(1+), self:
  alembic.autogenerate.api.RevisionContext
RevisionContext._run_environment, alembic.autogenerate.api:627 of alembic@1.20.1
  autogen_context: alembic.autogenerate.api.AutogenContext, autogenerate: bool, compare:
  module, downgrade_token: str, migration_context:
  alembic.runtime.migration.MigrationContext, migration_script:
  alembic.operations.ops.MigrationScript, rev: tuple(1+), self:
  alembic.autogenerate.api.RevisionContext, upgrade_token: str
_populate_migration_script, alembic.autogenerate.compare:40 of alembic@1.20.1
  autogen_context: alembic.autogenerate.api.AutogenContext, downgrade_ops:
  alembic.operations.ops.DowngradeOps, migration_script:
  alembic.operations.ops.MigrationScript, upgrade_ops: alembic.operations.ops.UpgradeOps
_produce_net_changes, alembic.autogenerate.compare:49 of alembic@1.20.1
  autogen_context: alembic.autogenerate.api.AutogenContext, upgrade_ops:
  alembic.operations.ops.UpgradeOps
PriorityDispatcher.dispatch.<locals>.go, alembic.util.langhelpers:415 of alembic@1.20.1
  arg: tuple(1+), fn: function, kw: dict(0), priority:
  alembic.util.langhelpers.DispatchPriority, qualifier: str, qualifiers: list(1+),
  results_by_subgroup: dict(0), self: alembic.util.langhelpers.PriorityDispatcher, subgroup:
  None, target: str
_produce_net_changes, alembic.autogenerate.compare.schema:49 of alembic@1.20.1
  autogen_context: alembic.autogenerate.api.AutogenContext, connection:
  sqlalchemy.engine.base.Connection, default_schema: str, include_schemas: bool, inspector:
  sqlalchemy.engine.reflection.Inspector, schemas: set(1+), upgrade_ops:
  alembic.operations.ops.UpgradeOps
_autogen_for_tables, alembic.autogenerate.compare.tables:71 of alembic@1.20.1
  autogen_context: alembic.autogenerate.api.AutogenContext, available: set(1+),
  conn_table_names: set(1+), insp: alembic.autogenerate.compare.util._InspectorConv,
  inspector: sqlalchemy.engine.reflection.Inspector, metadata_table_names: <user class>
  (set), schema_name: None, schemas: set(1+), tablenames: list(1+), tables: set(1+),
  upgrade_ops: alembic.operations.ops.UpgradeOps, version_table: str, version_table_schema:
  None
_compare_tables, alembic.autogenerate.compare.tables:207 of alembic@1.20.1
  autogen_context: alembic.autogenerate.api.AutogenContext, conn_column_info: dict(1+),
  conn_table: sqlalchemy.sql.schema.Table, conn_table_names: set(1+), default_schema: str,
  existing_metadata: sqlalchemy.sql.schema.MetaData, existing_tables: set(1+), exists: bool,
  inspector: sqlalchemy.engine.reflection.Inspector, metadata_table:
  sqlalchemy.sql.schema.Table, metadata_table_names: <user class> (set),
  metadata_table_names_no_dflt_schema: <user class> (set), modify_table_ops:
  alembic.operations.ops.ModifyTableOps, name: str, removal_metadata:
  sqlalchemy.sql.schema.MetaData, s: None, t: sqlalchemy.sql.schema.Table, tname: str,
  tname_to_table: dict(1+), upgrade_ops: alembic.operations.ops.UpgradeOps
_compare_columns, alembic.autogenerate.compare.tables:277 of alembic@1.20.1
  alter_column_op: alembic.operations.ops.AlterColumnOp, autogen_context:
  alembic.autogenerate.api.AutogenContext, cname: sqlalchemy.sql.elements.quoted_name,
  colname: sqlalchemy.sql.elements.quoted_name, conn_col: sqlalchemy.sql.schema.Column,
  conn_col_names: dict(1+), conn_table: sqlalchemy.sql.schema.Table, inspector:
  sqlalchemy.engine.reflection.Inspector, metadata_col: sqlalchemy.sql.schema.Column,
  metadata_col_names: <user class> (set), metadata_cols_by_name: dict(1+), metadata_table:
  sqlalchemy.sql.schema.Table, modify_table_ops: alembic.operations.ops.ModifyTableOps,
  name: str, schema: None, tname: str
… 1+ more of the same
PriorityDispatcher.dispatch.<locals>.go, alembic.util.langhelpers:415 of alembic@1.20.1
  arg: tuple(1+), fn: function, kw: dict(0), priority:
  alembic.util.langhelpers.DispatchPriority, qualifier: str, qualifiers: list(1+), result:
  alembic.util.langhelpers.PriorityDispatchResult, results_by_subgroup: dict(1+), self:
  alembic.util.langhelpers.PriorityDispatcher, subgroup: str, target: str
_compare_identity_default, alembic.autogenerate.compare.server_defaults:142 of alembic@1.20.1
  alter_column_op: alembic.operations.ops.AlterColumnOp, autogen_context:
  alembic.autogenerate.api.AutogenContext, cname: sqlalchemy.sql.elements.quoted_name,
  conn_col: sqlalchemy.sql.schema.Column, conn_col_default:
  sqlalchemy.sql.schema.DefaultClause, metadata_col: sqlalchemy.sql.schema.Column,
  metadata_default: sqlalchemy.sql.schema.Identity, schema: None, skip: tuple(1+), tname:
  str"""
IMPORTING = """\
<console script>
<module>, alembic:1 of alembic@1.20.1
<module>, alembic.context:1 of alembic@1.20.1
<module>, alembic.runtime.environment:20 of alembic@1.20.1
<module>, alembic.runtime.migration:26 of alembic@1.20.1
<module>, alembic.ddl:1 of alembic@1.20.1
<module>, alembic.ddl.mssql:16 of alembic@1.20.1
<module>, alembic.ddl.base:23 of alembic@1.20.1
<module>, alembic.util:29 of alembic@1.20.1
<module>, alembic.util.pyfiles:16 of alembic@1.20.1"""


@pytest.fixture(scope="module")
def alembic(wheel: Path, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Return an environment with alembic as it is on the index, and the plugin beside it."""
    made = make_environment(tmp_path_factory.mktemp("alembic"))
    plugin = build_wheel(source / "examples/alembic_telemetry", tmp_path_factory.mktemp("plugin"))
    made.pip("install", wheel, plugin, *ALEMBIC)
    return made


@pytest.fixture
def shop(alembic: Environment, home: Home, tmp_path: Path, kent: Kent) -> Shell:
    """Return a shell in a project that has models, and one migration."""
    home.variables |= {
        "ALEMBIC_TELEMETRY_DSN": kent.dsn,
        "DATABASE_PASSWORD": "hunter2",
        "NO_COLOR": "1",
        "PYTHONPATH": str(tmp_path / "work"),
    }
    shell = Shell(alembic, home, tmp_path / "work")
    shell.write("alembic.ini", INI.format(url="sqlite:///shop.db"))
    shell.write("migrations/env.py", ENV)
    shell.write("shop.py", MODELS)
    migrate(shell, "first_of_all", None, INVOICES)
    return shell


def migrate(shell: Shell, revision: str, after: str | None, upgrade: str) -> None:
    """Write a migration script."""
    text = SCRIPT.format(revision=revision, after=after, upgrade=upgrade)
    shell.write(f"migrations/versions/{revision}.py", text)


def sent(shell: Shell, kent: Kent, *arguments: str) -> tuple[str, dict[str, Any]]:
    """Let alembic die, say yes, and return the screen and the event that has arrived."""
    terminal = shell.terminal("alembic", *arguments)
    terminal.answer("yes")
    terminal.expect("sent. Receipt: ")
    assert terminal.end() == 1
    assert "(through the plugin alembic-telemetry)" in " ".join(terminal.screen.split())
    [event] = kent.events()
    text = json.dumps(event)
    places = [shell.directory, shell.home.directory, shell.environment.directory]
    assert [each for each in [*PRIVATE, *map(str, places)] if each in text] == []
    return terminal.screen, readable(event["payload"]["body"], shell.environment.site)


def readable(event: dict[str, Any], site: Path) -> dict[str, Any]:
    """Return an event without what depends on the machine and the time, its frames as text."""
    for name in ("event_id", "timestamp"):
        assert event.pop(name)
    contexts, tags = event["contexts"], event["tags"]
    for name in ("device", "os", "runtime"):
        assert contexts.pop(name)
    assert event["sdk"].pop("version")
    contexts["report"].pop("libc", None)
    # What alembic requires, with all its extras, and what that requires.
    assert {"SQLAlchemy", "Mako"} & contexts.pop("packages").keys()
    assert contexts["report"].pop("own_excepthook") is False
    assert tags.pop("script") == "alembic"
    assert tags.pop("container") in ("true", "false")
    tags.pop("database.version", None)
    assert re.fullmatch(r"3\.\d+", tags.pop("python"))
    for each in event["exception"]["values"]:
        frames = [as_text(frame, site) for frame in each.pop("stacktrace")["frames"]]
        each["frames"] = "\n".join(filter(None, frames))
    return event


def as_text(frame: dict[str, Any], site: Path) -> str:
    """Return all that a frame tells, but the lines of source, which are as published.

    It is nothing for the standard library, whose frames are another Python's tomorrow.
    """
    function, is_own = frame.pop("function"), frame.pop("in_app")
    if "module" not in frame:
        assert (frame, is_own) == ({}, False)
        return str(function)
    module, file, line = (frame.pop(name) for name in ("module", "filename", "lineno"))
    package = frame.pop("package", None)
    plain(frame)
    values = sorted(frame.pop("vars", {}).items())
    shapes = ", ".join(f"{name}: {shape}" for name, shape in values)
    before, after = frame.pop("pre_context", []), frame.pop("post_context", [])
    if is_own:
        lines = (site / file).read_text("utf-8").splitlines()
        assert frame.pop("context_line") == lines[line - 1]
        assert before == lines[line - 1 - len(before) : line - 1]
        assert after == lines[line : line + len(after)]
    else:
        frame.pop("context_line", None)
    assert frame == {}
    if package is None:
        return ""
    shapes = shapes.replace("pathlib._local.", "pathlib.")  # Python 3.13
    title = f"{function}, {module}:{line} of {package}"
    return "\n".join(
        [title, *textwrap.wrap(shapes, 92, initial_indent="  ", subsequent_indent="  ")]
    )


def test_password_that_the_configuration_cannot_hold(shop: Shell, kent: Kent) -> None:
    """A URL with a % in its password kills alembic: the report says why, and not which."""
    shop.write("alembic.ini", INI.format(url="postgresql://app:pa%40ss@db.internal/orders"))

    screen, event = sent(shop, kent, "upgrade", "head")

    assert "found: '%40ss@db.internal/orders'" in screen
    assert event == {
        "contexts": {
            "report": {"encoding": "utf-8", "format": 1},
        },
        "environment": "preview",
        "exception": {
            "values": [
                {
                    "frames": INTERPOLATION,
                    "mechanism": {"exception_id": 0, "handled": False, "type": "excepthook"},
                    "module": "configparser",
                    "type": "InterpolationSyntaxError",
                    "value": "'%' must be followed by '%' or '(', found: <…>",
                }
            ]
        },
        "fingerprint": ["0521d48044dbbbccc4218ff63ab21fd61ee14625cec23a1f2fd95a23450b8c79"],
        "level": "fatal",
        "platform": "python",
        "release": "alembic@1.20.1",
        "sdk": {"name": "telemetry-hook", "settings": {"infer_ip": "never"}},
        "tags": {
            "ci": "false",
            "command": "upgrade",
            "installed": "pip",
            "revisions.locations": "false",
            "run.autogenerate": "false",
            "run.offline": "false",
            "sqlalchemy.version": "2.0.58",
            "terminal": "true",
        },
        "transaction": "alembic.config in Config.get_section",
    }


def test_autogenerate(shop: Shell, kent: Kent) -> None:
    """A plain default that becomes an identity is too much for alembic: the models are described."""
    assert shop.run("alembic", "upgrade", "head").returncode == 0

    screen, event = sent(shop, kent, "revision", "--autogenerate", "-m", "vip tiers")

    assert "\r\nAssertionError\r\n" in screen
    assert event == {
        "contexts": {
            "report": {"encoding": "utf-8", "format": 1},
        },
        "environment": "preview",
        "exception": {
            "values": [
                {
                    "frames": IDENTITY,
                    "mechanism": {"exception_id": 0, "handled": False, "type": "excepthook"},
                    "type": "AssertionError",
                    "value": "<…>",
                }
            ]
        },
        "fingerprint": ["d838ecbb39dc9d2735f1b80e38a2c84344c629755c25ae0b9b6c33b6dfbb1d60"],
        "level": "fatal",
        "platform": "python",
        "release": "alembic@1.20.1",
        "sdk": {"name": "telemetry-hook", "settings": {"infer_ip": "never"}},
        "tags": {
            "ci": "false",
            "command": "revision",
            "database.dialect": "sqlite",
            "installed": "pip",
            "metadata.enums": "true",
            "metadata.foreign_keys": "2",
            "metadata.schemas": "1",
            "metadata.tables": "3",
            "revisions.branches": "false",
            "revisions.heads": "1",
            "revisions.locations": "false",
            "revisions.total": "1",
            "run.autogenerate": "true",
            "run.offline": "false",
            "sqlalchemy.version": "2.0.58",
            "terminal": "true",
        },
        "transaction": "alembic.autogenerate.compare.server_defaults in _compare_identity_default",
    }


def test_script_that_was_deleted(shop: Shell, kent: Kent) -> None:
    """A script whose predecessor is gone is a KeyError of alembic's, with SQLAlchemy on its stack."""
    migrate(shop, "next", "long_gone", "pass")

    screen, event = sent(shop, kent, "upgrade", "head")

    assert "KeyError: 'long_gone'" in screen
    assert event == {
        "contexts": {
            "report": {"encoding": "utf-8", "format": 1},
        },
        "environment": "preview",
        "exception": {
            "values": [
                {
                    "frames": MISSING,
                    "mechanism": {"exception_id": 0, "handled": False, "type": "excepthook"},
                    "type": "KeyError",
                    "value": "<…>",
                }
            ]
        },
        "fingerprint": ["0c4d07f0ef9a435364ea19a4e3276a85257755aa6735498599f2b2caf4373b44"],
        "level": "fatal",
        "platform": "python",
        "release": "alembic@1.20.1",
        "sdk": {"name": "telemetry-hook", "settings": {"infer_ip": "never"}},
        "tags": {
            "ci": "false",
            "command": "upgrade",
            "database.dialect": "sqlite",
            "installed": "pip",
            "metadata.enums": "true",
            "metadata.foreign_keys": "2",
            "metadata.schemas": "1",
            "metadata.tables": "3",
            "revisions.locations": "false",
            "run.autogenerate": "false",
            "run.offline": "false",
            "sqlalchemy.version": "2.0.58",
            "terminal": "true",
        },
        "transaction": "alembic.script.revision in RevisionMap._revision_map",
    }


@pytest.mark.parametrize(
    ("upgrade", "arguments", "error"),
    [
        ("pass", "--raiseerr upgrade long_gone", "alembic.util.exc.CommandError"),
        ("raise RuntimeError(revision)", "upgrade head", "RuntimeError"),
        ("op.execute('SELECT * FROM salaries')", "upgrade head", "sqlalchemy.exc.OperationalError"),
        (
            "op.create_foreign_key(None, 'invoices', 'customers', [], ['id'])",
            "upgrade head",
            "sqlalchemy.exc.ArgumentError",
        ),
        ("op.drop_constraint('payer', 'invoices')", "upgrade head", "NotImplementedError"),
        ("import nowhere", "upgrade head", "ModuleNotFoundError"),
        ("=", "upgrade head", "SyntaxError"),
    ],
)
def test_users_mistakes_ask_nothing(
    shop: Shell, kent: Kent, upgrade: str, arguments: str, error: str
) -> None:
    """What alembic, SQLAlchemy or the database refuses, and what a script does, asks nothing."""
    migrate(shop, "second", "first_of_all", upgrade)

    terminal = shop.terminal("alembic", *arguments.split())

    assert terminal.end() == 1
    assert f"\r\n{error}" in terminal.screen
    assert "has crashed" not in terminal.screen
    assert shop.home.files() == []
    assert kent.events() == []


def test_alembic_that_cannot_be_imported(shop: Shell, kent: Kent) -> None:
    """Where alembic cannot be imported any more, the plugin asks all the same."""
    shop.environment.pip("uninstall", "--yes", "mako")
    try:
        screen, event = sent(shop, kent, "upgrade", "head")
    finally:
        shop.environment.pip("install", *ALEMBIC)

    assert "ModuleNotFoundError: No module named 'mako'" in screen
    assert event == {
        "contexts": {
            "report": {"encoding": "utf-8", "format": 1},
        },
        "environment": "preview",
        "exception": {
            "values": [
                {
                    "frames": IMPORTING,
                    "mechanism": {"exception_id": 0, "handled": False, "type": "excepthook"},
                    "type": "ModuleNotFoundError",
                    "value": "No module named 'mako'",
                }
            ]
        },
        "fingerprint": ["4259ac9afa914b1379d4ffbe62e1b7991166ac5877c11cadfd6a88a1802a5962"],
        "level": "fatal",
        "platform": "python",
        "release": "alembic@1.20.1",
        "sdk": {"name": "telemetry-hook", "settings": {"infer_ip": "never"}},
        "tags": {
            "ci": "false",
            "installed": "pip",
            "sqlalchemy.version": "2.0.58",
            "terminal": "true",
        },
        "transaction": "alembic.util.pyfiles in <module>",
    }
