"""Photon reads and writes the database that a schema describes."""

from photon.client import Client, Collection, connect
from photon.errors import DatabaseError, NotUniqueError, PhotonError, QueryError, SchemaError

__all__ = [
    "Client",
    "Collection",
    "DatabaseError",
    "NotUniqueError",
    "PhotonError",
    "QueryError",
    "SchemaError",
    "connect",
]
