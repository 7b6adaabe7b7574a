"""WSGI and ASGI middleware that asks in a web page, for tools that are web apps on this machine.

If a request fails with an unexpected error, the response is a page that asks the same question as
the terminal, in the same words and with the same view of the exact report. The answers are yes, no,
always, never and later. The page works without JavaScript. Afterwards the exception is raised
again, so the server's log is the same as without us.

A tool wraps its outermost application::

    app = AsgiMiddleware(app, "studio")

`_request` decides who may see a page and answer. `_dialog` decides when to ask, and carries out the
answers. A page that includes ``telemetry-hook/script.js`` also reports its own uncaught errors. It
links to the question if such an error, or a failed request from its scripts, has led to one.
"""

from telemetry_hook.web._asgi import AsgiMiddleware
from telemetry_hook.web._wsgi import WsgiMiddleware

__all__ = ["AsgiMiddleware", "WsgiMiddleware"]
