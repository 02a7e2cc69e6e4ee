# /// script
# requires-python = ">=3.9"
# dependencies = ["pycurl==7.49.0"]
# ///
"""pycurl: sync, libcurl. A handle is not for two threads, so every lane has its own with its own connection."""

from dynamometer import sdk

pycurl = sdk.library("pycurl")


def make_sync(setup):
    setup.need_pool_of_lanes("a connection belongs to each lane")
    return sdk.Client(lane=lambda: _Handle(setup).client())


class _Handle:
    def __init__(self, setup):
        self.parts = []
        self.last = None
        self.is_matched = setup.is_matched
        self.handle = handle = pycurl.Curl()
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.WRITEFUNCTION, self.parts.append)
        if setup.timeout_s is not None:
            handle.setopt(pycurl.TIMEOUT_MS, max(round(setup.timeout_s * 1000), 1))
        if setup.redirects is not None:
            handle.setopt(pycurl.FOLLOWLOCATION, int(setup.redirects > 0))
            handle.setopt(pycurl.MAXREDIRS, setup.redirects)
        if setup.decode:
            handle.setopt(pycurl.ACCEPT_ENCODING, "gzip")
        if setup.keep_alive is False:
            handle.setopt(pycurl.FORBID_REUSE, 1)
        if setup.verify is False:
            handle.setopt(pycurl.SSL_VERIFYPEER, 0)
            handle.setopt(pycurl.SSL_VERIFYHOST, 0)
        if setup.ca_pem:
            handle.setopt(pycurl.CAINFO, setup.ca_file())
        if any(it.is_stream for it in setup.requests):
            handle.setopt(pycurl.BUFFERSIZE, sdk.STREAM_CHUNK_BYTES)
        if setup.http:
            second = pycurl.CURL_HTTP_VERSION_2TLS if setup.is_tls else pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
            versions = {"1.1": pycurl.CURL_HTTP_VERSION_1_1, "2": second, "3": pycurl.CURL_HTTP_VERSION_3ONLY}
            handle.setopt(pycurl.HTTP_VERSION, versions[setup.http])

    def client(self):
        return sdk.Client(self.call, self.stream, self.prepare, detail=self.detail, close=None)

    def prepare(self, request):
        headers = [f"{name}: {value}" for name, value in request.headers]
        if self.is_matched:
            # A name without a value takes libcurl's own header away.
            headers += [f"{name}:" for name in ("content-type", "expect") if not request.has_header(name)]
        return request, headers

    def _ask(self, argument):
        request, headers = argument
        handle = self.handle
        handle.setopt(pycurl.HTTPGET, 1)
        handle.unsetopt(pycurl.CUSTOMREQUEST)
        handle.setopt(pycurl.URL, request.url)
        handle.setopt(pycurl.HTTPHEADER, headers)
        if request.method == "HEAD":
            handle.setopt(pycurl.NOBODY, 1)
        elif request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            handle.setopt(pycurl.POSTFIELDS, request.body or b"")
            handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        elif request.method != "GET":
            handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        self.last = argument

    def call(self, argument):
        if argument is not self.last:
            self._ask(argument)
        self.parts.clear()
        self.handle.perform()
        return self.handle.getinfo(pycurl.RESPONSE_CODE), b"".join(self.parts)

    def stream(self, argument):
        if argument is not self.last:
            self._ask(argument)
        self.parts.clear()
        self.handle.perform()
        return self.handle.getinfo(pycurl.RESPONSE_CODE), sum(map(len, self.parts)), len(self.parts)

    def detail(self):
        first_byte_ns = round(self.handle.getinfo(pycurl.STARTTRANSFER_TIME) * 1e9)
        return first_byte_ns, self.handle.getinfo(pycurl.NUM_CONNECTS) > 0


if __name__ == "__main__":
    sdk.worker(
        "pycurl", lambda: pycurl.version.split()[0].partition("/")[2], make_sync, http=["1.1", "2", "3"],
        features=["stream", "redirects", "tls_verify", "ca", "decode", "ttfb", "new_connection"],
        libs=lambda: dict(it.split("/", 1) for it in pycurl.version.split()[1:] if "/" in it),
    )  # fmt: skip
