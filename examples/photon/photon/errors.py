"""What can go wrong: the caller's mistakes, and Photon's own."""


class PhotonError(Exception):
    """Something that the schema, the database or the calling program can put right."""


class SchemaError(PhotonError):
    """The schema file does not say what it should."""


class QueryError(PhotonError):
    """A call asks for, or brings, what the schema does not have."""


class DatabaseError(PhotonError):
    """The database is not there, is not what the schema says, or refuses a record."""


class NotUniqueError(DatabaseError):
    """A value is taken already, and must be unique."""


class Bug(Exception):
    """Photon contradicts itself, which is never the caller's fault."""
