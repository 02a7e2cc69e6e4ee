# /// script
# requires-python = ">=3.10"
# dependencies = ["curl_cffi==0.16.3"]
# ///
"""curl_cffi: libcurl as browsers speak, sync and async. Every thread has its own handle with its own connection.

A streamed body comes in the chunks in which libcurl wrote it; their size cannot be chosen.
"""

from dynamometer import sdk

curl_cffi = sdk.library("curl_cffi")


def _options(setup):
    options = {"verify": setup.verify_argument()}
    if setup.is_matched:
        options.update(trust_env=False, discard_cookies=True)
    if setup.timeout_s is not None:
        options["timeout"] = setup.timeout_s
    if setup.redirects is not None:
        options.update(allow_redirects=setup.redirects > 0, max_redirects=setup.redirects)
    if setup.http:
        second = "v2tls" if setup.is_tls else "v2_prior_knowledge"
        options["http_version"] = {"1.1": "v1", "2": second, "3": "v3only"}[setup.http]
    return options


def _prepare(setup):
    rest = {} if setup.decode is None else {"accept_encoding": "gzip" if setup.decode else None}

    def prepare(request):
        return request.method, request.url, {"headers": request.headers, "data": request.body, **rest}

    return prepare


def make_sync(setup):
    setup.need_pool_of_lanes("a connection belongs to each thread")
    session = curl_cffi.Session(**_options(setup))

    def call(argument):
        method, url, rest = argument
        response = session.request(method, url, **rest)
        return response.status_code, response.content

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        with session.stream(method, url, **rest) as response:
            for chunk in response.iter_content():
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, _prepare(setup), close=session.close)


async def make_async(setup):
    handles = {"max_clients": setup.pool} if setup.pool else {}
    session = curl_cffi.AsyncSession(**handles, **_options(setup))

    async def call(argument):
        method, url, rest = argument
        response = await session.request(method, url, **rest)
        return response.status_code, response.content

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        async with session.stream(method, url, **rest) as response:
            async for chunk in response.aiter_content():
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, _prepare(setup), close=session.close)


if __name__ == "__main__":
    sdk.worker(
        "curl_cffi", lambda: curl_cffi.__version__, make_sync, make_async, http=["1.1", "2", "3"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"],
        libs=lambda: {"libcurl": curl_cffi.__curl_version__}, runtime=(3, 10),
    )  # fmt: skip
