# /// script
# requires-python = ">=3.10"
# dependencies = ["requests==2.34.2"]
# ///
"""requests: sync only, on urllib3. Its timeout counts per socket operation, not for the whole request."""

from dynamometer import sdk

requests = sdk.library("requests")


def make_sync(setup):
    session = requests.Session()
    if setup.is_matched:
        session.headers.clear()
        session.trust_env = False
    if setup.pool:
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=setup.pool, max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
    session.verify = setup.verify_argument()
    options = {"timeout": setup.timeout_s}
    if setup.redirects is not None:
        options["allow_redirects"] = setup.redirects > 0
        # Zero would be an error instead of an answer that is not followed.
        session.max_redirects = setup.redirects or session.max_redirects

    def prepare(request):
        return request.method, request.url, {"headers": request.header_dict, "data": request.body, **options}

    def call(argument):
        method, url, rest = argument
        response = session.request(method, url, **rest)
        return response.status_code, response.content

    def stream(argument):
        method, url, rest = argument
        received = chunks = 0
        with session.request(method, url, stream=True, **rest) as response:
            for chunk in response.iter_content(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
        return response.status_code, received, chunks

    return sdk.Client(call, stream, prepare, close=session.close)


if __name__ == "__main__":
    sdk.worker(
        "requests", lambda: requests.__version__, make_sync,
        features=["stream", "redirects", "tls_verify", "ca", "decode"],
        libs=lambda: {"urllib3": requests.packages.urllib3.__version__}, runtime=(3, 10),
    )  # fmt: skip
