"""Packages that keep data: databases, graphs, files."""

from __future__ import annotations

import alembic.command
import alembic.config
import alembic.script
import alembic.util
import fsspec
import msgpack
import networkx
import peewee
import sqlalchemy
import sqlalchemy.orm
from sqlalchemy import text

from corpus.planting import case


class Base(sqlalchemy.orm.DeclarativeBase): ...


class Order(Base):
    __tablename__ = "corpus_order"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    title = sqlalchemy.Column(sqlalchemy.String, nullable=False)


def engine():
    return sqlalchemy.create_engine("sqlite://")


def session():
    made = engine()
    Base.metadata.create_all(made)
    return sqlalchemy.orm.Session(made)


@case
def alchemy_no_table(s):
    with engine().connect() as connection:
        connection.execute(text(f"select * from {s.table}_missing where x = :x"), {"x": s.password})


@case
def alchemy_integrity(s):
    with session() as made:
        made.add(Order(id=s.number, title=None))
        made.flush()


@case
def alchemy_unique(s):
    with session() as made:
        made.execute(text(f"insert into corpus_order values ({s.number}, '{s.word}')"))
        made.execute(text(f"insert into corpus_order values ({s.number}, '{s.password}')"))


@case
def alchemy_url(s):
    sqlalchemy.create_engine(s.word)


@case
def alchemy_dialect(s):
    sqlalchemy.create_engine(f"{s.attribute}x://{s.user}:{s.password}@{s.attribute}/{s.database}")


@case
def alchemy_port(s):
    sqlalchemy.create_engine(f"sqlite://{s.user}:{s.password}@{s.attribute}:{s.word}/x")


@case
def alchemy_option(s):
    sqlalchemy.create_engine("sqlite://", **{f"{s.attribute}_x": 1})


@case
def alchemy_reflect(s):
    sqlalchemy.Table(s.table, sqlalchemy.MetaData(), autoload_with=engine())


@case
def alchemy_column(s):
    sqlalchemy.Table(s.table, sqlalchemy.MetaData()).c[s.column]


@case
def alchemy_attribute(s):
    getattr(Order, f"{s.attribute}_x")


@case
def alchemy_keyword(s):
    Order(**{f"{s.attribute}_x": 1})


@case
def alchemy_filter(s):
    with session() as made:
        made.query(Order).filter_by(**{f"{s.attribute}_x": 1})


@case
def alchemy_no_result(s):
    with session() as made:
        made.query(Order).filter_by(title=s.word).one()


@case
def alchemy_many(s):
    with session() as made:
        made.add_all([Order(title=s.word), Order(title=s.word)])
        made.query(Order).filter_by(title=s.word).one()


@case
def alchemy_table_twice(s):
    metadata = sqlalchemy.MetaData()
    sqlalchemy.Table(s.table, metadata, sqlalchemy.Column("a"))
    sqlalchemy.Table(s.table, metadata, sqlalchemy.Column("b"))


@case
def alchemy_no_key(s):
    type(s.attribute, (Base,), {"__tablename__": f"{s.table}_a"})


@case
def alchemy_relationship(s):
    class Local(sqlalchemy.orm.DeclarativeBase): ...

    made = type(
        f"{s.attribute}Row",
        (Local,),
        {
            "__tablename__": s.table,
            "id": sqlalchemy.Column(sqlalchemy.Integer, primary_key=True),
            "other": sqlalchemy.orm.relationship(f"{s.word}Missing"),
        },
    )
    try:
        made()
    finally:
        Local.registry.dispose()


@case
def alchemy_foreign(s):
    metadata = sqlalchemy.MetaData()
    sqlalchemy.Table(
        s.table, metadata, sqlalchemy.Column("a", sqlalchemy.ForeignKey(f"{s.word}_m.{s.column}"))
    )
    metadata.create_all(engine())


@case
def alchemy_unmapped(s):
    with session() as made:
        made.add(s.word)


@case
def alchemy_parameters(s):
    with engine().connect() as connection:
        connection.execute(text(f"select :{s.attribute}_a"), {})


@case
def alchemy_not_text(s):
    with engine().connect() as connection:
        connection.execute(f"select '{s.password}'")


@case
def alchemy_argument(s):
    sqlalchemy.select(s.word)


@case
def alchemy_boolean(s):
    bool(Order.title < s.word)


@case
def alchemy_closed(s):
    connection = engine().connect()
    connection.close()
    connection.execute(text(f"select '{s.password}'"))


@case
def alchemy_detached(s):
    with session() as made:
        order = Order(title=s.word)
        made.add(order)
        made.commit()
        made.expire(order)
    order.title


@case
def alchemy_compile(s):
    sqlalchemy.schema.CreateTable(
        sqlalchemy.Table(s.table, sqlalchemy.MetaData(), sqlalchemy.Column(s.column))
    ).compile(engine())


@case
def alchemy_statement(s):
    with engine().connect() as connection:
        connection.execute(sqlalchemy.insert(Order).values(**{f"{s.attribute}_x": 1}))


@case
def alembic_no_config(s):
    alembic.command.current(alembic.config.Config())


@case
def alembic_folder(s):
    config = alembic.config.Config()
    config.set_main_option("script_location", s.path)
    alembic.script.ScriptDirectory.from_config(config)


def repository(s):
    for name in ("versions", "env.py"):
        made = s.folder / "alembic" / name
        made.parent.mkdir(exist_ok=True)
        made.mkdir(exist_ok=True) if name == "versions" else made.write_text("")
    config = alembic.config.Config()
    config.set_main_option("script_location", str(s.folder / "alembic"))
    return config


@case
def alembic_revision(s):
    alembic.script.ScriptDirectory.from_config(repository(s)).get_revision(f"{s.word}x")


@case
def alembic_template(s):
    alembic.command.init(
        alembic.config.Config(str(s.folder / "a.ini")), str(s.folder / "new"), template=s.word
    )


@case
def alembic_exists(s):
    (s.folder / "x").mkdir(exist_ok=True)
    (s.folder / "x" / "y").write_text("")
    alembic.command.init(alembic.config.Config(), str(s.folder / "x"))


@case
def alembic_range(s):
    list(
        alembic.script.ScriptDirectory.from_config(repository(s)).walk_revisions(
            f"{s.word}1", "head"
        )
    )


@case
def alembic_path(s):
    alembic.util.load_python_file(str(s.folder), f"{s.word}.txt")


database = peewee.SqliteDatabase(":memory:")


class Person(peewee.Model):
    name = peewee.CharField()

    class Meta:
        database = database


@case
def peewee_missing(s):
    database.create_tables([Person])
    Person.get(Person.name == s.user)


@case
def peewee_integrity(s):
    database.create_tables([Person])
    Person.create(name=None)


@case
def peewee_no_table(s):
    database.execute_sql(f"select * from {s.table}_missing", [])


@case
def peewee_made_model(s):
    model = type(s.attribute, (Person,), {})
    model.get(model.name == s.password)


@case
def peewee_made_missing(s):
    model = type(
        f"{s.attribute}Rows", (peewee.Model,), {"Meta": type("Meta", (), {"database": database})}
    )
    database.create_tables([model])
    model.get_by_id(s.number)


@case
def peewee_field(s):
    Person.insert({f"{s.column}_x": 1}).execute()


@case
def peewee_attribute(s):
    Person.select().where(getattr(Person, f"{s.attribute}_x") == 1)


@case
def peewee_closed(s):
    peewee.SqliteDatabase(None).execute_sql(f"select '{s.password}'")


# It compiles a part of each function at its first call.
networkx.shortest_path(networkx.Graph([(1, 2)]), 1, 2)
networkx.from_dict_of_lists({})
networkx.dijkstra_path(networkx.Graph([(1, 2)]), 1, 2)
list(networkx.strongly_connected_components(networkx.DiGraph([(1, 2)])))


@case
def graph_node(s):
    networkx.Graph().neighbors(s.table)


@case
def graph_no_path(s):
    graph = networkx.Graph()
    graph.add_nodes_from([s.table, s.column])
    networkx.shortest_path(graph, s.table, s.column)


@case
def graph_source(s):
    networkx.shortest_path(networkx.Graph(), s.table, s.column)


@case
def graph_cycle(s):
    list(networkx.topological_sort(networkx.DiGraph([(s.table, s.column), (s.column, s.table)])))


@case
def graph_edge(s):
    networkx.Graph().remove_edge(s.table, s.column)


@case
def graph_remove(s):
    networkx.Graph().remove_node(s.table)


@case
def graph_tuple(s):
    networkx.Graph().add_edges_from([(s.table,)])


@case
def graph_directed(s):
    networkx.strongly_connected_components(networkx.Graph([(s.table, s.column)])).__next__()


@case
def graph_data(s):
    networkx.from_dict_of_lists(s.number)


@case
def graph_negative(s):
    graph = networkx.DiGraph()
    graph.add_edge(s.table, s.column, weight=-s.number)
    networkx.dijkstra_path(graph, s.table, s.column + "x")


@case
def filesystem_protocol(s):
    fsspec.filesystem(f"{s.attribute}x")


@case
def filesystem_memory(s):
    fsspec.filesystem("memory").open(s.path)


@case
def filesystem_local(s):
    with fsspec.open(s.path):
        pass


@case
def filesystem_mode(s):
    fsspec.filesystem("memory").open(s.path, s.word)


@case
def filesystem_compression(s):
    fsspec.open(s.path, compression=s.attribute).open()


@case
def packed(s):
    msgpack.packb({s.column: object()})


@case
def packed_extra(s):
    msgpack.unpackb(msgpack.packb(s.word) + b"\1")


@case
def packed_short(s):
    msgpack.unpackb(msgpack.packb(s.text)[:-1])
