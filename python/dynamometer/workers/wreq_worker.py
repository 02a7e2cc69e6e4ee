# /// script
# requires-python = ">=3.11"
# dependencies = ["wreq==0.13.0"]
# ///
"""wreq: sync and async, a Rust engine. Its status is an object and its body a method.

A streamed body comes in the chunks in which it arrived; their size cannot be chosen.
"""

import datetime

from dynamometer import sdk

wreq = sdk.library("wreq")


def _options(setup):
    options = {}
    if setup.is_matched:
        options["no_proxy"] = True
    if setup.timeout_s is not None:
        options["timeout"] = datetime.timedelta(seconds=setup.timeout_s)
    if setup.pool:
        options["pool_max_idle_per_host"] = 0 if setup.keep_alive is False else setup.pool
    if setup.redirects is not None:
        policy = wreq.redirect.Policy
        options["redirect"] = policy.limited(setup.redirects) if setup.redirects else policy.none()
    if setup.decode is not None:
        options.update(gzip=setup.decode, brotli=False, deflate=False, zstd=False)
    if setup.http:
        options.update(http1_only=setup.http == "1.1", http2_only=setup.http == "2")
    if setup.verify is False:
        options["tls_verify"] = False
    elif setup.ca_pem:
        options["tls_verify"] = wreq.tls.CertStore.from_pem_stack(setup.ca_pem.encode())
    return options


def prepare(request):
    headers = wreq.header.HeaderMap()
    for name, value in request.headers:
        headers.append(name, value)
    rest = {"headers": headers}
    if request.body is not None:
        rest["body"] = request.body
    method = getattr(wreq.Method, request.method, None)
    if method is None:
        raise sdk.Skipped(f"requests.method: wreq knows no {request.method}")
    return method, request.url, rest


def make_sync(setup):
    from wreq.blocking import Client

    client = Client(**_options(setup))

    def call(argument):
        method, url, rest = argument
        response = client.request(method, url, **rest)
        return response.status.as_int(), response.bytes()

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        response = client.request(method, url, **rest)
        with response.stream() as body:
            for chunk in body:
                received += len(chunk)
                chunks += 1
        return response.status.as_int(), received, chunks

    return sdk.Client(call, stream, prepare)


async def make_async(setup):
    client = wreq.Client(**_options(setup))

    async def call(argument):
        method, url, rest = argument
        response = await client.request(method, url, **rest)
        return response.status.as_int(), await response.bytes()

    async def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        response = await client.request(method, url, **rest)
        async with response.stream() as body:
            async for chunk in body:
                received += len(chunk)
                chunks += 1
        return response.status.as_int(), received, chunks

    return sdk.Client(call, stream, prepare)


if __name__ == "__main__":
    sdk.worker(
        "wreq", lambda: sdk.version_of("wreq"), make_sync, make_async, http=["1.1", "2"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"], runtime=(3, 11),
    )  # fmt: skip
