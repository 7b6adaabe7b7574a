"""Runs every case with sets of secrets, and writes a JSON line about each.

``python -m corpus PLAN OUT``: PLAN is a JSON file: ``sets`` of secrets by their names; the ``modules``
that have cases; ``look``, which is "ours" or "sentry"; ``part`` of how many ``parts`` this process is; ``names`` of the cases,
all if there are none; ``fewer`` groups, of which each case runs with two of the sets only, in turn.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
import signal
import sys
import tempfile
import time
import warnings

from corpus import planting

MAX_MESSAGE = 4000
SECONDS = 8


class TooLong(BaseException):
    """A case, or what looks at it, takes too long."""


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    look = {"ours": Ours, "sentry": Sentry}[plan["look"]]()
    known = [(name, planting.Secrets(**each)) for name, each in plan["sets"].items()]
    half = len(known) // 2
    signal.signal(signal.SIGALRM, too_long)
    with open(sys.argv[2], "w", encoding="utf-8") as file, tempfile.TemporaryDirectory() as place:
        for module in plan["modules"]:
            try:
                importlib.import_module(f"corpus.{module}")
            except ImportError as error:
                file.write(json.dumps({"case": module, "skipped": str(error), "set": ""}) + "\n")
        chosen = list(planting.CASES.items())[plan["part"] :: plan["parts"]]
        for number, (name, (group, function)) in enumerate(chosen):
            if plan["names"] and name not in plan["names"]:
                continue
            few = group in plan["fewer"]
            for label, secrets in known[number % half :: half] if few else known:
                told = {"case": name, "group": group, "set": label, "place": place}
                os.chdir(place)
                told |= one(function, secrets, look)
                if name in planting.DEPENDING:
                    told["depends"] = planting.DEPENDING[name]
                file.write(json.dumps(told) + "\n")


def too_long(*_) -> None:
    raise TooLong


def one(function, secrets, look) -> dict:
    """Run one case and tell of it."""
    exception, said = None, {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                function(secrets)
            except planting.Skipped as skipped:
                return {"skipped": str(skipped)}
            except BaseException as error:
                exception = error
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            if exception is None:
                return {"skipped": "no exception"}
            try:
                said = look(exception)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    kind = type(exception)
    return {"class": type.__dict__["__name__"].__get__(kind), "message": message(exception), **said}


def message(exception) -> str | None:
    """Return what the exception itself says, if it says it within a moment."""
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        text = str(exception)
        return str.__getitem__(text, slice(MAX_MESSAGE)).encode("utf-8", "replace").decode()
    except BaseException:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Ours:
    """Looks at an exception with telemetry-hook."""

    def __init__(self) -> None:
        from telemetry_hook._redact.published import syntax
        from telemetry_hook.testing import preview

        self._preview = preview
        # Thousands of reports read the same sources. A program makes one, so it keeps no trees.
        syntax._parsed = functools.lru_cache(maxsize=500)(syntax._parsed)

    def __call__(self, exception) -> dict:
        start = time.perf_counter()
        try:
            report = self._preview(exception, "corpus")
        except Exception as error:
            # No report is no leak, but no use either.
            return {"failed": f"{type(error).__name__}: {error}"}
        took = time.perf_counter() - start
        del report["id"], report["time"]
        first = report["exceptions"][0]
        return {
            "report": report,
            "text": first["message"],
            "fingerprint": report["fingerprint"],
            "took": took,
        }


class Sentry:
    """Looks at an exception with sentry-sdk as it comes, but for a transport that keeps all."""

    def __init__(self) -> None:
        import sentry_sdk
        from sentry_sdk.transport import Transport

        kept = self._kept = []

        class Keeping(Transport):
            def capture_envelope(self, envelope) -> None:
                event = envelope.get_event()
                if event is not None:
                    kept.append(event)

        sentry_sdk.init("http://key@127.0.0.1:9/1", transport=Keeping)
        self._sdk = sentry_sdk

    def __call__(self, exception) -> dict:
        self._kept.clear()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        start = time.perf_counter()
        try:
            with self._sdk.isolation_scope() as scope:
                scope.clear()
                self._sdk.capture_exception(exception)
        except BaseException as error:
            return {"failed": type(error).__name__}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.perf_counter() - start
        if not self._kept:
            return {"failed": "no event"}
        event = json.loads(json.dumps(self._kept[0], default=str))
        for new in ("event_id", "timestamp"):
            event.pop(new, None)
        last = event["exception"]["values"][-1]
        frames = [
            [each.get("module"), each.get("function"), each.get("lineno")]
            for each in (last.get("stacktrace") or {}).get("frames", ())
        ]
        return {
            "report": event,
            "text": last.get("value") or "",
            "fingerprint": json.dumps([last.get("type"), last.get("value"), frames]),
            "took": took,
        }


if __name__ == "__main__":
    main()
