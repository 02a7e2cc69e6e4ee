"""Clients shaped like httpx: httpx itself, its continuation httpx2, and requestx.

Called by their worker files with the imported library.
"""

from dynamometer import sdk


def options_of(httpx, setup):
    """Arguments of `Client` and `AsyncClient` for a setup."""
    options = {}
    if setup.is_matched:
        options["trust_env"] = False
    if setup.timeout_s is not None:
        options["timeout"] = httpx.Timeout(setup.timeout_s)
    if setup.pool:
        keep = 0 if setup.keep_alive is False else setup.pool
        options["limits"] = httpx.Limits(max_connections=setup.pool, max_keepalive_connections=keep)
    if setup.redirects is not None:
        options.update(follow_redirects=setup.redirects > 0, max_redirects=setup.redirects)
    if setup.http:
        # Without HTTP/1.1 on offer it is HTTP/2 from the first byte, also in plain text.
        options.update(http1=setup.http == "1.1", http2=setup.http == "2")
    context = setup.ssl_context()
    if context:
        options["verify"] = context
    return options


def prepare(request):
    return request.method, request.url, {"headers": request.headers, "content": request.body}


def sync_client(client):
    def call(argument):
        method, url, rest = argument
        response = client.request(method, url, **rest)
        return response.status_code, response.content

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        with client.stream(method, url, **rest) as response:
            for chunk in response.iter_bytes(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare, close=client.close)


def async_client(client):
    async def call(argument):
        method, url, rest = argument
        response = await client.request(method, url, **rest)
        return response.status_code, response.content

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        async with client.stream(method, url, **rest) as response:
            async for chunk in response.aiter_bytes(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare, close=client.aclose)


def makers(httpx, options=options_of):
    """`make_sync` and `make_async` of a library."""

    def make(kind, wrap, setup):
        client = kind(**options(httpx, setup))
        if setup.is_matched:
            client.headers.clear()
        return wrap(client)

    return (
        lambda setup: make(httpx.Client, sync_client, setup),
        lambda setup: make(httpx.AsyncClient, async_client, setup),
    )
