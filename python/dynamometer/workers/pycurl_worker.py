# /// script
# requires-python = ">=3.10"
# dependencies = ["pycurl==7.49.0"]
# ///
"""pycurl: libcurl, sync by one handle per thread, async by one CurlMulti on the loop.

A handle is not for two threads, so every lane has its own. In sync it has its own connection, in async they share.
"""

from dynamometer import sdk

pycurl = sdk.library("pycurl")


def make_sync(setup):
    setup.need_pool_of_lanes("a connection belongs to each lane")
    return sdk.Client(lane=lambda: _Handle(setup).client())


async def make_async(setup):
    multi = _Multi(setup)
    return sdk.Client(lane=lambda: _AsyncHandle(setup, multi).client(), close=multi.close)


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

    def _ready(self, argument):
        if argument is not self.last:
            self._ask(argument)
        self.parts.clear()

    def _whole(self):
        return self.handle.getinfo(pycurl.RESPONSE_CODE), b"".join(self.parts)

    def _counted(self):
        return self.handle.getinfo(pycurl.RESPONSE_CODE), sum(map(len, self.parts)), len(self.parts)

    def call(self, argument):
        self._ready(argument)
        self.handle.perform()
        return self._whole()

    def stream(self, argument):
        self._ready(argument)
        self.handle.perform()
        return self._counted()

    def detail(self):
        first_byte_ns = round(self.handle.getinfo(pycurl.STARTTRANSFER_TIME) * 1e9)
        return first_byte_ns, self.handle.getinfo(pycurl.NUM_CONNECTS) > 0


class _AsyncHandle(_Handle):
    def __init__(self, setup, multi):
        super().__init__(setup)
        self.multi = multi

    async def call(self, argument):
        self._ready(argument)
        await self.multi.perform(self.handle)
        return self._whole()

    async def stream(self, argument):
        self._ready(argument)
        await self.multi.perform(self.handle)
        return self._counted()


class _Multi:
    """A CurlMulti whose sockets and timer are watched by the loop that makes it."""

    def __init__(self, setup):
        # Here, so that it is no memory of a sync worker.
        import asyncio

        self.loop = asyncio.get_running_loop()
        self.waiting = {}
        self.watched = set()
        self.timer = None
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        if setup.pool:
            self.multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, setup.pool)
            self.multi.setopt(pycurl.M_MAXCONNECTS, setup.pool)

    async def perform(self, handle):
        done = self.waiting[handle] = self.loop.create_future()
        try:
            self.multi.add_handle(handle)
            await done
        finally:
            # Still there when it was given up.
            if self.waiting.pop(handle, None):
                self.multi.remove_handle(handle)

    def _watch(self, what, fd, _multi, _data):
        if fd in self.watched:
            self.loop.remove_reader(fd)
            self.loop.remove_writer(fd)
            self.watched.discard(fd)
        if what in (pycurl.POLL_IN, pycurl.POLL_INOUT):
            self.loop.add_reader(fd, self._act, fd, pycurl.CSELECT_IN)
            self.watched.add(fd)
        if what in (pycurl.POLL_OUT, pycurl.POLL_INOUT):
            self.loop.add_writer(fd, self._act, fd, pycurl.CSELECT_OUT)
            self.watched.add(fd)

    def _set_timer(self, ms):
        if self.timer:
            self.timer.cancel()
        # Never at once: libcurl forbids an action from within its own call.
        self.timer = None if ms < 0 else self.loop.call_later(ms / 1000, self._act, pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, fd, events):
        self.multi.socket_action(fd, events)
        left = 1
        while left:
            left, succeeded, failed = self.multi.info_read()
            for handle in succeeded:
                self._finish(handle, None)
            for handle, code, message in failed:
                self._finish(handle, pycurl.error(code, message))

    def _finish(self, handle, failure):
        self.multi.remove_handle(handle)
        done = self.waiting.pop(handle)
        if not done.done():
            done.set_exception(failure) if failure else done.set_result(None)

    def close(self):
        for handle in list(self.waiting):
            self.multi.remove_handle(handle)
        self.multi.close()


if __name__ == "__main__":
    sdk.worker(
        "pycurl", lambda: pycurl.version.split()[0].partition("/")[2], make_sync, make_async, http=["1.1", "2", "3"],
        features=["stream", "redirects", "tls_verify", "ca", "decode", "ttfb", "new_connection"],
        libs=lambda: dict(it.split("/", 1) for it in pycurl.version.split()[1:] if "/" in it), runtime=(3, 10),
    )  # fmt: skip
