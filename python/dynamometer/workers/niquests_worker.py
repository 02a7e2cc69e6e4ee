# /// script
# requires-python = ">=3.9"
# dependencies = ["niquests==3.21.2"]
# ///
"""niquests: shaped like requests, sync and async, HTTP/1.1 to 3. Replaces urllib3, so it needs an environment of its own."""

from dynamometer import sdk

niquests = sdk.library("niquests")


def _session(kind, setup):
    options = {}
    if setup.pool:
        options.update(pool_maxsize=setup.pool, pool_connections=1)
    if setup.http:
        options.update({f"disable_http{it}": not setup.http.startswith(it) for it in "123"})
    if setup.is_matched:
        # A look-up of revoked certificates is a request of its own.
        options["revocation_configuration"] = None
    session = kind(**options)
    session.verify = setup.verify_argument()
    if setup.is_matched:
        session.headers.clear()
        session.trust_env = False
    rest = {} if setup.timeout_s is None else {"timeout": setup.timeout_s}
    if setup.redirects is not None:
        rest["allow_redirects"] = setup.redirects > 0
        # Zero would be an error instead of an answer that is not followed.
        session.max_redirects = setup.redirects or session.max_redirects

    def prepare(request):
        return request.method, request.url, {"headers": request.header_dict, "data": request.body, **rest}

    return session, prepare


def make_sync(setup):
    session, prepare = _session(niquests.Session, setup)

    def call(argument):
        method, url, rest = argument
        response = session.request(method, url, **rest)
        return response.status_code, response.content or b""

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        with session.request(method, url, stream=True, **rest) as response:
            for chunk in response.iter_content(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare, close=session.close)


async def make_async(setup):
    session, prepare = _session(niquests.AsyncSession, setup)

    async def call(argument):
        method, url, rest = argument
        response = await session.request(method, url, **rest)
        return response.status_code, response.content or b""

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        response = await session.request(method, url, stream=True, **rest)
        async for chunk in await response.iter_content(sdk.STREAM_CHUNK_BYTES):
            received += len(chunk)
            chunks += 1
        await response.close()
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare, close=session.close)


if __name__ == "__main__":
    sdk.worker(
        "niquests", lambda: niquests.__version__, make_sync, make_async, http=["1.1", "2", "3"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"],
        libs=lambda: {"urllib3.future": __import__("urllib3").__version__},
    )  # fmt: skip
