"""Errors that are part of Lift's conversation with its user."""


class LiftUserError(Exception):
    """A mistake that the user can put right: shown as one line, without a traceback."""
