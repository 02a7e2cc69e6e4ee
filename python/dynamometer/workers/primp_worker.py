# /// script
# requires-python = ">=3.10"
# dependencies = ["primp==2.0.1"]
# ///
"""primp: sync and async, a Rust engine of its own. The pool has no limit and cannot be given one."""

from dynamometer import sdk

primp = sdk.library("primp")


def _options(setup):
    if setup.http == "1.1" and setup.is_tls:
        setup.skip("http", "primp takes HTTP/2 over TLS when the server offers it")
    setup.need_pool_of_lanes("primp's pool cannot be given a size")
    options = {}
    if setup.is_matched:
        options.update(cookie_store=False, referer=False)
    if setup.timeout_s is not None:
        options["timeout"] = setup.timeout_s
    if setup.redirects is not None:
        options.update(follow_redirects=setup.redirects > 0, max_redirects=setup.redirects)
    if setup.http:
        options["http2_only"] = setup.http == "2"
    if setup.verify is False:
        options["verify"] = False
    elif setup.ca_pem:
        options["ca_cert_file"] = setup.ca_file()
    return options


def prepare(request):
    rest = {"headers": request.header_dict}
    if request.body is not None:
        rest["content"] = request.body
    return request.method, request.url, rest


def make_sync(setup):
    client = primp.Client(**_options(setup))

    def call(argument):
        method, url, rest = argument
        response = client.request(method, url, **rest)
        return response.status_code, response.content

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        with client.request(method, url, stream=True, **rest) as response:
            for chunk in response.iter_bytes(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare)


async def make_async(setup):
    client = primp.AsyncClient(**_options(setup))

    async def call(argument):
        method, url, rest = argument
        response = await client.request(method, url, **rest)
        return response.status_code, response.content

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        response = await client.request(method, url, stream=True, **rest)
        async for chunk in response.aiter_bytes(sdk.STREAM_CHUNK_BYTES):
            received += len(chunk)
            chunks += 1
        await response.aclose()
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare)


if __name__ == "__main__":
    sdk.worker(
        "primp", lambda: primp.__version__, make_sync, make_async, http=["1.1", "2"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"], runtime=(3, 10),
    )  # fmt: skip
