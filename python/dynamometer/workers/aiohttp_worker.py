# /// script
# requires-python = ">=3.10"
# dependencies = ["aiohttp==3.14.5"]
# ///
"""aiohttp: async only, its own engine. 100 connections by default; the timeout is for the whole request."""

from dynamometer import sdk

aiohttp = sdk.library("aiohttp")


async def make_async(setup):
    connector, options = {}, {}
    if setup.pool:
        connector["limit"] = setup.pool
    if setup.keep_alive is False:
        connector["force_close"] = True
    context = setup.ssl_context()
    if context:
        connector["ssl"] = context
    if setup.timeout_s is not None:
        options["timeout"] = aiohttp.ClientTimeout(total=setup.timeout_s)
    if setup.decode is not None:
        options["auto_decompress"] = setup.decode
    if setup.is_matched:
        options.update(skip_auto_headers=["Content-Type"], cookie_jar=aiohttp.DummyCookieJar())
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(**connector), **options)
    if setup.retries is not None:
        # It repeats idempotent requests by itself; retries are the SDK's, by the same rule for all.
        session._retry_connection = False
    redirects = {}
    if setup.redirects is not None:
        # Its count raises at the last allowed redirect, not after it.
        redirects = {"allow_redirects": setup.redirects > 0, "max_redirects": setup.redirects + 1}

    def prepare(request):
        return request.method, request.url, {"headers": request.headers, "data": request.body, **redirects}

    async def call(argument):
        method, url, rest = argument
        async with session.request(method, url, **rest) as response:
            return response.status, await response.read()

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        async with session.request(method, url, **rest) as response:
            async for chunk in response.content.iter_chunked(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
            return response.status, received, chunks

    return sdk.Client(call, stream, prepare, close=session.close)


if __name__ == "__main__":
    features = ["stream", "redirects", "tls_verify", "ca", "decode"]
    sdk.worker("aiohttp", lambda: aiohttp.__version__, make_async=make_async, features=features, runtime=(3, 10))
