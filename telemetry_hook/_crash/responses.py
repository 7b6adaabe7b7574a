"""Facts of an HTTP response that a program holds: status, media type, whether its body is empty.

Each fact is from a closed set, or it is left out. Only what the response holds already is read, from
exact built-in types: none of the program's code runs, and nothing is read from a connection.
"""

from telemetry_hook._crash import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# Status codes that IANA has registered, and those of nginx and Cloudflare.
STATUS = frozenset(
    {*range(100, 105), *range(200, 209), 226, *range(300, 309), *range(400, 419), *range(421, 427)}
    | {428, 429, 431, 444, 451, *range(494, 500), *range(500, 509), 510, 511, *range(520, 527)}
)
# Common media types that IANA has registered, and `text/json` and the like, which servers send instead.
_MEDIA_TYPES = """
application/atom+xml application/cbor application/geo+json application/graphql-response+json
application/grpc application/gzip application/hal+json application/java-archive
application/javascript application/json application/json-patch+json application/json-seq
application/jsonl application/jwt application/ld+json application/manifest+json
application/merge-patch+json application/msgpack application/msword application/octet-stream
application/ogg application/pdf application/problem+json application/problem+xml
application/protobuf application/rdf+xml application/rss+xml application/rtf
application/scim+json application/soap+xml application/sql application/vnd.api+json
application/vnd.github+json application/vnd.ms-excel application/vnd.ms-powerpoint
application/vnd.oci.image.index.v1+json application/vnd.oci.image.manifest.v1+json
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
application/vnd.openxmlformats-officedocument.wordprocessingml.document
application/vnd.pypi.simple.v1+html application/vnd.pypi.simple.v1+json application/wasm
application/x-bzip2 application/x-gzip application/x-javascript application/x-ndjson
application/x-protobuf application/x-tar application/x-www-form-urlencoded application/x-yaml
application/x-zip-compressed application/xhtml+xml application/xml application/yaml
application/zip application/zstd audio/aac audio/mpeg audio/ogg audio/wav audio/webm
binary/octet-stream font/otf font/ttf font/woff font/woff2 image/avif image/bmp image/gif
image/jpeg image/png image/svg+xml image/tiff image/vnd.microsoft.icon image/webp image/x-icon
message/http message/rfc822 multipart/byteranges multipart/form-data multipart/mixed
multipart/related text/calendar text/css text/csv text/event-stream text/html text/javascript
text/json text/markdown text/plain text/rtf text/tab-separated-values text/vcard text/x-python
text/xml text/yaml video/mp4 video/mpeg video/ogg video/quicktime video/webm
"""
MEDIA_TYPES = frozenset(_MEDIA_TYPES.split())
FACTS = frozenset({*map(str, STATUS), *MEDIA_TYPES})
EMPTY = "empty"
MAX_HEADERS = 500
MAX_VALUE = 200
# Classes of responses with the attributes of their status, their headers and their body, if it was
# read. The headers of aiohttp are C objects, and the body of `http.client` is not kept.
CLASSES = {
    ("requests.models", "Response"): ("status_code", "headers", "_content"),
    ("httpx", "Response"): ("status_code", "headers", "_content"),
    ("urllib3.response", "HTTPResponse"): ("status", "headers", "_body"),
    ("aiohttp.client_reqrep", "ClientResponse"): ("status", "", "_body"),
    ("http.client", "HTTPResponse"): ("status", "headers", ""),
    ("urllib.error", "HTTPError"): ("code", "hdrs", ""),
}


class Response:
    """The facts of a response. A fact is None, or False, if it is not in its closed set or not known."""

    __slots__ = ("is_empty", "media_type", "status")

    def __init__(self, status: "int | None", media_type: "str | None", *, is_empty: bool) -> None:
        self.status = status
        self.media_type = media_type
        self.is_empty = is_empty

    @property
    def text(self) -> str:
        """The facts as the detail of a shape: ``404, application/json, empty``."""
        facts = self.status, self.media_type, EMPTY if self.is_empty else None
        return ", ".join(str(fact) for fact in facts if fact is not None)


def response(value: object) -> "Response | None":
    """Return the facts of a value that is a response of a known library, or None."""
    names = guarded.module(type(value)), guarded.qualname(type(value))
    fields = CLASSES.get(names)  # type: ignore[arg-type]
    module, qualname = names
    if fields is None or module is None or guarded.class_at(module, qualname) is not type(value):
        return None
    held = guarded.attributes(value)
    if not held:
        return None
    status, headers, body = map(held.get, fields)
    return Response(
        status if type(status) is int and status in STATUS else None,
        _media_type(headers),
        is_empty=type(body) is bytes and not body,
    )


def _media_type(headers: object) -> "str | None":
    """Return the media type in headers: ``Content-Type: Text/HTML; charset=x`` → ``text/html``."""
    for header in _pairs(headers):
        if len(header) > 1 and _lower(header[0]) == "content-type":
            found = _lower(header[-1]).partition(";")[0].strip()
            return found if found in MEDIA_TYPES else None
    return None


def _pairs(headers: object) -> "Iterable[Any]":
    """Return the headers as tuples or lists: the first item is the name, and the last one the value.

    They are in the ``_store`` of requests, the ``_container`` of urllib3, or the lists of
    `email.message` and httpx.
    """
    held = guarded.attributes(headers) if headers is not None else None
    for name in ("_store", "_container", "_headers", "_list"):
        inside = (held or {}).get(name)
        if guarded.is_a(inside, dict) and guarded.is_static(type(inside)):
            items = [*dict.values(inside)] if len(inside) <= MAX_HEADERS else []
        elif type(inside) is list:
            items = inside[:MAX_HEADERS]
        else:
            continue
        return [each for each in items if type(each) is tuple or type(each) is list]
    return ()


def _lower(text: object) -> str:
    if type(text) is bytes:
        return text[:MAX_VALUE].decode("latin-1").lower()
    return text[:MAX_VALUE].lower() if type(text) is str else ""
