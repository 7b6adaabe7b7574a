"""Photon itself: what it reads and writes, and what it says to its callers' mistakes."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import photon

SCHEMA = """
datasource db {
  provider = "sqlite"
  url      = "file:shop.db"
}

enum Kind {
  SOFT
  HARD
}

model Shop {
  id    Int    @id @default(autoincrement())
  name  String @unique
  items Item[]
}

model Item {
  id    Int      @id @default(autoincrement())
  kind  Kind     @default(SOFT)
  price Float?
  since DateTime @default(now())
  shop  Shop     @relation
}
"""
TABLES = """
CREATE TABLE Shop (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE Item (
  id INTEGER PRIMARY KEY, kind TEXT DEFAULT 'SOFT', price REAL,
  since DATETIME DEFAULT CURRENT_TIMESTAMP, shopId INTEGER NOT NULL REFERENCES Shop (id)
);
"""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[photon.Client]:
    """Return a client for a database with two shops."""
    (tmp_path / "shop.lift").write_text(SCHEMA)
    database = sqlite3.connect(tmp_path / "shop.db")
    database.executescript(TABLES)
    database.close()
    with photon.connect(tmp_path / "shop.lift") as client:
        client.Shop.create(name="Ada's", items=[{"price": 1.5, "kind": "HARD"}, {"price": 3}])
        client.Shop.create(name="Ben's")
        yield client


def test_reading(db: photon.Client) -> None:
    """Conditions, order, pages, both sides of a relation."""
    assert [each["id"] for each in db.Item.find_many(order_by="-price")] == [2, 1]
    assert [each["id"] for each in db.Item.find_many(take=1, skip=1)] == [2]
    assert db.Item.find_many({"kind": "HARD"}, include=("shop",))[0]["shop"]["name"] == "Ada's"
    ada, ben = db.Shop.find_many(include=("items",))
    assert [each["shop"] for each in ada["items"]] == [1, 1]
    assert ben["items"] == []
    assert db.Item.count({"shop": {"name": {"contains": "Ada"}}, "price": {"gt": 2}}) == 1
    assert db.Item.count({"id": {"in": [1, 7]}, "price": {"not": None}}) == 1
    assert db.Shop.find_unique(name="Ben's") == {"id": 2, "name": "Ben's"}
    assert db.Shop.find_unique(id=3) is None
    assert db.raw("SELECT name FROM Shop WHERE id = ?", [2]) == [{"name": "Ben's"}]


def test_writing(db: photon.Client) -> None:
    """What is written can be read; a transaction that fails leaves nothing."""
    item = db.Item.create(shop=2, since="2026-01-31T12:00:00+02:00")
    assert item["since"] == datetime(2026, 1, 31, 10)
    assert db.Item.update({"kind": "HARD", "price": 2.5}, id=3) == item | {
        "kind": "HARD",
        "price": 2.5,
    }
    assert db.Item.update({"price": None}, id=9) is None
    assert (db.Item.delete(id=3), db.Item.delete(id=3)) == (True, False)
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.Shop.create(name="Cleo's", items=[{"price": 1 / len(db.Shop.find_many({"id": 3}))}])
    assert db.Shop.count() == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda db: db.Ship, "there is no model Ship: there are Shop, Item"),
        (lambda db: db.Shop.count({"nmae": ""}), "Shop has no field nmae: it has id, name, items"),
        (lambda db: db.Shop.create(name=5), "name of Shop takes String, not int"),
        (lambda db: db.Shop.create(), "Shop.name needs a value"),
        (lambda db: db.Shop.create(name="Ben's"), "Shop.name must be unique"),
        (lambda db: db.Shop.create(name="", items={}), "items of Shop takes a list of records"),
        (lambda db: db.Item.create(shop=9), "a record that is referred to is not there"),
        (lambda db: db.Item.create(kind="X", shop=1), "kind of Item takes one of SOFT, HARD"),
        (lambda db: db.Item.create(since="today", shop=1), "since of Item takes a DateTime"),
        (lambda db: db.Item.find_many(include=("kind",)), "kind of Item leads to no other model"),
        (lambda db: db.Item.count({"id": {"over": 1}}), "there is no operator over"),
        (lambda db: db.Item.find_unique(price=1), "told by one @id or @unique field"),
        (lambda db: photon.connect("none.lift"), "no schema at none.lift"),
    ],
)
def test_mistakes(db: photon.Client, wrong: Any, says: str) -> None:
    """Each is a PhotonError that says what is wrong."""
    with pytest.raises(photon.PhotonError) as caught:
        wrong(db)
    assert says in str(caught.value)


def test_no_database(tmp_path: Path) -> None:
    """A database that is missing is not made, and the message says who makes it."""
    (tmp_path / "shop.lift").write_text(SCHEMA)
    with pytest.raises(photon.DatabaseError, match="no database at .*shop.db: `lift up"):
        photon.connect(tmp_path / "shop.lift")
    assert not (tmp_path / "shop.db").exists()
