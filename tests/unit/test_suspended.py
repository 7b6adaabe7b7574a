"""What a program has set up to watch running code does not see ours, and is put back."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import warnings

import pytest

from telemetry_hook._suspended import suspended, unwarned


@pytest.mark.filterwarnings("error")
def test_our_thread_gives_no_warnings() -> None:
    """Others still do, and the filters are those of the program."""
    filters, content = warnings.filters, list(warnings.filters)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            warnings.warn("text", stacklevel=1)
        except UserWarning as warning:
            caught.append(warning)

    with unwarned():
        work()
        assert caught == []
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert len(caught) == 1
        assert warnings.filters is filters
    assert list(warnings.filters) == content
    work()
    assert len(caught) == 2


@pytest.mark.filterwarnings("error")
def test_filters_that_change_meanwhile_stay() -> None:
    """What the program adds or empties is not undone."""
    with warnings.catch_warnings():
        with unwarned():
            warnings.simplefilter("ignore", BytesWarning)
        assert warnings.filters[0][2] is BytesWarning
        with unwarned():
            warnings.resetwarnings()
        assert list(warnings.filters) == []


@pytest.mark.parametrize("filters", [(), None, "gone", "no module"])
def test_filters_that_are_no_list(filters: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is nothing to ignore, and all else is suspended and put back as ever."""
    monkeypatch.setattr(sys, "_current_frames", lambda: {1: None})
    monkeypatch.setattr(warnings, "filters", filters)
    if filters == "gone":
        monkeypatch.delattr(warnings, "filters")
    elif filters == "no module":
        monkeypatch.setitem(sys.modules, "warnings", object())
    was_enabled = gc.isenabled()
    gc.enable()
    try:
        with suspended():
            assert not gc.isenabled()
        assert gc.isenabled()
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_copies_of_the_filters_lose_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread may be in `catch_warnings` when we end, which has copied them."""
    with unwarned():
        monkeypatch.setattr(warnings, "filters", copied := list(warnings.filters))
        ours = copied[0]
    assert ours not in copied


@pytest.mark.parametrize("was_enabled", [True, False])
@pytest.mark.parametrize("is_alone", [True, False])
def test_garbage_is_collected_later(
    monkeypatch: pytest.MonkeyPatch, *, was_enabled: bool, is_alone: bool
) -> None:
    """If the program has it collected at all, and no other thread makes some."""
    monkeypatch.setattr(sys, "_current_frames", lambda: {1: None} if is_alone else {1: None, 2: 0})
    before = gc.isenabled()
    try:
        (gc.enable if was_enabled else gc.disable)()
        with contextlib.suppress(KeyError), suspended():
            assert gc.isenabled() is (was_enabled and not is_alone)
            raise KeyError
        assert gc.isenabled() is was_enabled
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="monitoring came with Python 3.12")
def test_monitoring_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless other threads are watched."""
    monitoring = sys.modules["sys"].monitoring
    seen: list[str] = []
    monitoring.use_tool_id(3, "test")
    try:
        events = monitoring.events.PY_START
        monitoring.register_callback(3, events, lambda code, _: seen.append(code.co_name))
        monitoring.set_events(3, events)
        for threads, is_watched in (({1: None}, False), ({1: None, 2: None}, True)):
            monkeypatch.setattr(sys, "_current_frames", lambda threads=threads: threads)
            seen.clear()
            with suspended():
                watched()
            assert ("watched" in seen) is is_watched
            assert monitoring.get_events(3) == events
            watched()
            assert "watched" in seen
    finally:
        monitoring.set_events(3, 0)
        monitoring.free_tool_id(3)


def watched() -> None:
    """Be called."""
