"""The question in the page: WSGI and ASGI middleware for tools that are web apps on this machine.

An unexpected error in a request answers with a page that asks as the terminal does: the same words,
the same view of the exact report, yes, no, always, never or later. It works without JavaScript. The
exception then goes its way to the server, so logs and healthy requests are as without us.

A tool wraps its outermost application::

    app = AsgiMiddleware(app, "studio")

Where the page may be asked, and who may answer: `_visit`. When it is asked, and what becomes of an
answer: `_dialog`. A page that includes ``telemetry-hook/script.js`` reports its own uncaught errors
too, and learns of requests that its scripts made and that failed.
"""

from telemetry_hook.web._asgi import AsgiMiddleware
from telemetry_hook.web._wsgi import WsgiMiddleware

__all__ = ["AsgiMiddleware", "WsgiMiddleware"]
