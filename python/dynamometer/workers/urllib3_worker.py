# /// script
# requires-python = ">=3.10"
# dependencies = ["urllib3==2.8.0"]
# ///
"""urllib3: sync only. One connection per host by default, so threads reconnect unless `maxsize` is set."""

from dynamometer import sdk

urllib3 = sdk.library("urllib3")


def make_sync(setup):
    options = {}
    if setup.pool:
        options.update(maxsize=setup.pool, block=True)
    context = setup.ssl_context()
    if context:
        options["ssl_context"] = context
    if setup.verify is False:
        options["cert_reqs"] = "CERT_NONE"
        urllib3.disable_warnings()
    pool = urllib3.PoolManager(**options)
    rest = {}
    if setup.timeout_s is not None:
        rest["timeout"] = urllib3.Timeout(connect=setup.timeout_s, read=setup.timeout_s)
    if setup.redirects is not None or setup.retries is not None:
        # Retries are the SDK's, so that all clients repeat by the same rule.
        redirects = 3 if setup.redirects is None else setup.redirects
        rest["retries"] = urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=redirects)
        rest["redirect"] = redirects > 0
    if setup.decode is not None:
        rest["decode_content"] = setup.decode

    def prepare(request):
        headers = request.header_dict
        if setup.decode and not request.has_header("accept-encoding"):
            # By itself it decodes what comes and asks for nothing.
            headers["accept-encoding"] = "gzip"
        return request.method, request.url, {"headers": headers, "body": request.body, **rest}

    def call(argument):
        method, url, options = argument
        response = pool.request(method, url, **options)
        return response.status, response.data

    def stream(argument):
        method, url, options = argument
        response = pool.request(method, url, preload_content=False, **options)
        received = chunks = 0
        for chunk in response.stream(sdk.STREAM_CHUNK_BYTES):
            received += len(chunk)
            chunks += 1
        response.release_conn()
        return response.status, received, chunks

    return sdk.Client(call, stream, prepare, close=pool.clear)


if __name__ == "__main__":
    features = ["stream", "redirects", "tls_verify", "ca", "decode"]
    sdk.worker("urllib3", lambda: urllib3.__version__, make_sync, features=features, runtime=(3, 10))
