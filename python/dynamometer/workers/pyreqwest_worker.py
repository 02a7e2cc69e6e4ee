# /// script
# requires-python = ">=3.11"
# dependencies = ["pyreqwest==0.15.1"]
# ///
"""pyreqwest: sync and async, the Rust library reqwest. A request is built for each call, because sending consumes it."""

import datetime

from dynamometer import sdk

pyreqwest = sdk.library("pyreqwest.client")


def _built(builder, setup):
    if setup.is_matched:
        builder = builder.no_proxy()
    if setup.timeout_s is not None:
        builder = builder.timeout(datetime.timedelta(seconds=setup.timeout_s))
    if setup.pool:
        builder = builder.pool_max_idle_per_host(0 if setup.keep_alive is False else setup.pool)
    if setup.redirects is not None:
        builder = builder.follow_redirects(setup.redirects > 0)
        builder = builder.max_redirects(setup.redirects) if setup.redirects else builder
    if setup.decode is not None:
        builder = builder.gzip(setup.decode).brotli(False).zstd(False).deflate(False)
    if setup.http:
        builder = builder.http1_only() if setup.http == "1.1" else builder.http2_prior_knowledge()
    if setup.verify is False:
        builder = builder.danger_accept_invalid_certs(True)
    elif setup.ca_pem:
        builder = builder.add_root_certificate_pem(setup.ca_pem.encode())
    return builder.build()


def _requests(client):
    def build(request):
        builder = client.request(request.method, request.url).headers(request.headers)
        return builder if request.body is None else builder.body_bytes(request.body)

    return build


def make_sync(setup):
    client = _built(pyreqwest.SyncClientBuilder(), setup)
    build = _requests(client)

    def call(request):
        response = build(request).build().send()
        return response.status, response.bytes()

    def stream(request):
        received = chunks = 0
        with build(request).build_streamed() as response:
            while chunk := response.body_reader.read(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status, received, chunks

    return sdk.Client(call, stream, close=client.close)


async def make_async(setup):
    client = _built(pyreqwest.ClientBuilder(), setup)
    build = _requests(client)

    async def call(request):
        response = await build(request).build().send()
        return response.status, await response.bytes()

    async def stream(request):
        received = chunks = 0
        async with build(request).build_streamed() as response:
            while chunk := await response.body_reader.read(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status, received, chunks

    return sdk.Client(call, stream, close=client.close)


if __name__ == "__main__":
    sdk.worker(
        "pyreqwest", lambda: sdk.version_of("pyreqwest"), make_sync, make_async, http=["1.1", "2"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"], runtime=(3, 11),
    )  # fmt: skip
