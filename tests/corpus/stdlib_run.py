"""The standard library's concurrency."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import multiprocessing.connection
import signal
import threading

from corpus.planting import case, needs


async def fail(s):
    raise ValueError(f"the coroutine of {s.word} has failed")


@case
def timed_out(s):
    async def work():
        await asyncio.wait_for(asyncio.sleep(5, s.word), 0.01)

    asyncio.run(work())


@case
def cancelled(s):
    async def work():
        task = asyncio.ensure_future(asyncio.sleep(5, s.word))
        await asyncio.sleep(0)
        task.cancel(s.word)
        await task

    asyncio.run(work())


@case
def gathered(s):
    async def work():
        await asyncio.gather(fail(s), asyncio.sleep(0))

    asyncio.run(work())


@case
def task_group(s):
    needs(3, 11)

    async def work():
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(s), name=s.word)

    asyncio.run(work())


@case
def run_twice(s):
    async def work():
        coroutine = asyncio.sleep(0)
        try:
            asyncio.run(coroutine)
        finally:
            coroutine.close()

    asyncio.run(work())


@case
def not_a_coroutine(s):
    asyncio.run(s.word)


@case
def no_loop(s):
    asyncio.get_running_loop()


@case
def closed_loop(s):
    loop = asyncio.new_event_loop()
    loop.close()
    loop.call_soon(print, s.word)


@case
def future_not_done(s):
    loop = asyncio.new_event_loop()
    try:
        loop.create_future().result()
    finally:
        loop.close()


@case
def future_twice(s):
    loop = asyncio.new_event_loop()
    try:
        future = loop.create_future()
        future.set_result(s.word)
        future.set_result(s.table)
    finally:
        loop.close()


@case
def queue_empty(s):
    async def work():
        asyncio.Queue().get_nowait()

    asyncio.run(work())


@case
def stream_incomplete(s):
    async def work():
        reader = asyncio.StreamReader()
        reader.feed_data(s.word.encode())
        reader.feed_eof()
        await reader.readexactly(1000)

    asyncio.run(work())


@case
def stream_limit(s):
    async def work():
        reader = asyncio.StreamReader(limit=2)
        reader.feed_data(s.word.encode() * 10)
        reader.feed_eof()
        await reader.readuntil(b"\n\n\n")

    asyncio.run(work())


@case
def connection_refused(s):
    async def work():
        await asyncio.open_connection("127.0.0.1", 9)

    asyncio.run(work())


@case
def lock_released(s):
    asyncio.Lock().release()


@case
def semaphore(s):
    asyncio.Semaphore(-s.number)


@case
def subprocess_missing(s):
    async def work():
        await asyncio.create_subprocess_exec(f"{s.attribute}-missing", s.password)

    asyncio.run(work())


@case
def async_generator(s):
    async def rows():
        yield s.word
        raise RuntimeError(f"the cursor of {s.table} was closed early")

    async def work():
        async for _ in rows():
            pass

    asyncio.run(work())


@case
def executor(s):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(int, s.word).result()


@case
def executor_own(s):
    def work():
        raise LookupError(f"the worker has no task called {s.word}")

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


@case
def executor_shut_down(s):
    pool = concurrent.futures.ThreadPoolExecutor(1)
    pool.shutdown()
    pool.submit(int, s.word)


@case
def executor_workers(s):
    concurrent.futures.ThreadPoolExecutor(-s.number)


@case
def executor_timeout(s):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(threading.Event().wait, 0.1).result(timeout=0.001)


@case
def executor_initializer(s):
    def refuse():
        raise RuntimeError(s.word)

    with concurrent.futures.ThreadPoolExecutor(1, initializer=refuse) as pool:
        pool.submit(int, s.word).result()


@case
def future_cancelled(s):
    future = concurrent.futures.Future()
    future.cancel()
    future.result()


@case
def lock_unlocked(s):
    threading.Lock().release()


@case
def lock_recursive(s):
    threading.RLock().release()


@case
def thread_twice(s):
    thread = threading.Thread(target=print, name=s.word)
    thread.start()
    thread.join()
    thread.start()


@case
def thread_not_started(s):
    threading.Thread(name=s.word).join()


@case
def thread_group(s):
    threading.Thread(s.word)


@case
def barrier_broken(s):
    barrier = threading.Barrier(2)
    barrier.abort()
    barrier.wait()


@case
def condition(s):
    threading.Condition().notify()


@case
def bounded_semaphore(s):
    threading.BoundedSemaphore(1).release()


@case
def context_method(s):
    multiprocessing.get_context(s.word)


@case
def pipe_closed(s):
    first, _ = multiprocessing.Pipe()
    first.close()
    first.send(s.password)


@case
def pipe_end(s):
    first, second = multiprocessing.Pipe()
    second.close()
    first.recv()


@case
def connection_address(s):
    multiprocessing.connection.Client(f"/tmp/{s.word}.missing", authkey=s.password.encode())


@case
def connection_family(s):
    multiprocessing.connection.Client(s.number)


@case
def signal_number(s):
    signal.signal(9999, signal.SIG_DFL)


@case
def signal_handler(s):
    signal.signal(signal.SIGUSR1, s.word)


@case
def signal_unknown(s):
    signal.Signals(s.number + 1000)
