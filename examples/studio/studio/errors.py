"""Errors that are part of Studio's conversation with its user, and how a page tells of them."""

from photon.errors import DatabaseError, PhotonError, SchemaError


class StudioUserError(Exception):
    """A mistake that the user can put right: a page that says so, and no crash."""


class NotThereError(StudioUserError):
    """The address is of a model, a field or a record that does not exist."""


MISTAKES = (StudioUserError, PhotonError)


def status_of(mistake: Exception) -> int:
    """Return the HTTP status that a mistake is told with."""
    if isinstance(mistake, NotThereError):
        return 404
    # What is wrong is not what was asked for, but what is there.
    return 409 if isinstance(mistake, (DatabaseError, SchemaError)) else 400
