"""SHA-256 without OpenSSL.

`hashlib` loads OpenSSL, which reads its configuration when it is first used. A variable that a
project's ``.env`` has set could name that file, and the file a library to run in the program.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256
else:
    try:
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256  # until Python 3.11
        except ImportError:  # a Python that was built without hashes of its own
            from hashlib import sha256

__all__ = ["sha256"]
