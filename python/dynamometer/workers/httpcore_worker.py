# /// script
# requires-python = ">=3.9"
# dependencies = ["httpcore[http2,asyncio]==1.0.9"]
# ///
"""httpcore: the engine below httpx. Sends no header of its own but Host, follows nothing, decodes nothing.

A streamed body comes in the chunks in which it arrived; their size cannot be chosen.
"""

from dynamometer import sdk

httpcore = sdk.library("httpcore")


def _options(setup):
    options = {}
    if setup.pool:
        keep = 0 if setup.keep_alive is False else setup.pool
        options.update(max_connections=setup.pool, max_keepalive_connections=keep)
    if setup.http:
        options.update(http1=setup.http == "1.1", http2=setup.http == "2")
    context = setup.ssl_context()
    if context:
        options["ssl_context"] = context
    return options


def _prepare(setup):
    phases = dict.fromkeys(("connect", "read", "write", "pool"), setup.timeout_s)
    extensions = {"timeout": phases} if setup.timeout_s is not None else {}

    def prepare(request):
        return request.method, request.url, {"headers": request.headers, "content": request.body, "extensions": extensions}

    return prepare


def make_sync(setup):
    pool = httpcore.ConnectionPool(**_options(setup))

    def call(argument):
        method, url, rest = argument
        response = pool.request(method, url, **rest)
        return response.status, response.content

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        with pool.stream(method, url, **rest) as response:
            for chunk in response.iter_stream():
                received += len(chunk)
                chunks += 1
        return response.status, received, chunks

    return sdk.Client(call, stream, _prepare(setup), close=pool.close)


async def make_async(setup):
    pool = httpcore.AsyncConnectionPool(**_options(setup))

    async def call(argument):
        method, url, rest = argument
        response = await pool.request(method, url, **rest)
        return response.status, response.content

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        async with pool.stream(method, url, **rest) as response:
            async for chunk in response.aiter_stream():
                received += len(chunk)
                chunks += 1
        return response.status, received, chunks

    return sdk.Client(call, stream, _prepare(setup), close=pool.aclose)


if __name__ == "__main__":
    features = ["stream", "tls_verify", "ca"]
    sdk.worker("httpcore", lambda: httpcore.__version__, make_sync, make_async, features=features, http=["1.1", "2"])
