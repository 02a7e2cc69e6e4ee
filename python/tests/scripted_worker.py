"""A worker whose client does what the URL says, without a network: for tests of the SDK.

`ok:N` answers 200 with N bytes, `sleep:MS` after a time, `raise:NAME` raises, `print` prints to stdout first,
`exit` kills the process, `thread` answers with the number of the lane's thread as length, `again` fails at first.
"""

import asyncio
import os
import threading
import time

from dynamometer import sdk

_failed = set()


def act(request):
    """The answer, or seconds to wait before it."""
    action, _, value = request.url.partition("://")[2].partition(":")
    if action == "raise":
        raise {"ValueError": ValueError, "ConnectionRefusedError": ConnectionRefusedError, "TimeoutError": TimeoutError}[value]("told to")
    if action == "print":
        print("a library that prints", flush=True)
        os.write(1, b'{"t":"done","wall":1}\n')
    if action == "exit":
        os.abort()
    if action == "again" and threading.get_ident() not in _failed:
        _failed.add(threading.get_ident())
        raise ConnectionResetError("the first try")
    return int(value or 0), action


def make_sync(setup):
    if any("broken" in request.url for request in setup.requests):
        raise OSError("cannot be made")

    def call(request):
        value, action = act(request)
        if action == "sleep":
            time.sleep(value / 1000)
            value = 0
        return 200, bytes(value)

    return sdk.Client(call, stream=lambda request: (200, 20_000, 3))


async def make_async(setup):
    async def call(request):
        value, action = act(request)
        if action == "sleep":
            await asyncio.sleep(value / 1000)
            value = 0
        return 200, bytes(value)

    return sdk.Client(call, detail=lambda: (7, True))


if __name__ == "__main__":
    sdk.worker("scripted", "1.2.3", make_sync, make_async, features=["stream"], http=["1.1", "2"])
