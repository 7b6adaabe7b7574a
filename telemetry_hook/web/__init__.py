"""The question in the page: WSGI and ASGI middleware for tools that are web apps on this machine.

If a request fails with an unexpected error, the response is a page that asks as the terminal does: the
same words, the same view of the exact report, yes, no, always, never or later. It works without
JavaScript. The exception then goes on to the server, so its log is the same as without us.

A tool wraps its outermost application::

    app = AsgiMiddleware(app, "studio")

`_request` decides who may see a page and answer; `_dialog` when it is asked, and carries answers out.
A page that includes ``telemetry-hook/script.js`` reports its own uncaught errors too, and shows when
a request of its scripts has failed.
"""

from telemetry_hook.web._asgi import AsgiMiddleware
from telemetry_hook.web._wsgi import WsgiMiddleware

__all__ = ["AsgiMiddleware", "WsgiMiddleware"]
