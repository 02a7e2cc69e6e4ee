"""A worker whose client does nothing: what it costs is the cost of the measuring. For `overhead.py`."""

from dynamometer import sdk

ANSWER = 200, b""


def make_sync(setup):
    return sdk.Client(lambda request: ANSWER)


async def make_async(setup):
    async def call(request):
        return ANSWER

    return sdk.Client(call)


if __name__ == "__main__":
    sdk.worker("idle", "1", make_sync, make_async)
