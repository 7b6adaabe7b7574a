"""Checks whether Python has certificates to verify receivers with."""

from __future__ import annotations

import os
import ssl

MISSING = "this Python finds no certificates to verify receivers with"
ADVICE = (
    "Python from python.org on macOS: run its `Install Certificates.command`. "
    "Linux: install ca-certificates. Anywhere: set SSL_CERT_FILE."
)


def are_missing() -> bool:
    """Return whether Python trusts no certificate at all, so that no receiver can be verified.

    Python from python.org on macOS comes without, and so do small containers.
    """
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        return False
    directory = ssl.get_default_verify_paths().capath  # OpenSSL reads it later, if it is needed
    try:
        return directory is None or not os.listdir(directory)
    except OSError:
        return True
