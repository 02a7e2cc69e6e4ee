"""The `setup` message, read once: what to ask, how, and with which client.

After `Setup.read` nothing has to be interpreted again. In the profile `matched` every absent field gets the value
of the protocol; in `defaults` an absent field is `None` and means that the library decides.
"""

import base64
import os
import tempfile

LANES_MAX = 10_000
STREAM_CHUNK_BYTES = 8192


class Skipped(Exception):
    """The library cannot do what was asked; the reason starts with the field of `setup`."""


class BadSetup(ValueError):
    """The message itself is wrong: which field, which value, what it should be."""


class Request:
    """One request of the setup. `method` is `GET` for a streamed one."""

    __slots__ = ("method", "url", "headers", "body", "is_stream")

    def __init__(self, method, url, headers, body, is_stream):
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.is_stream = is_stream

    @classmethod
    def read(cls, message):
        method = str(message.get("method") or "GET").upper()
        url = message.get("url")
        if not isinstance(url, str) or "://" not in url:
            raise BadSetup(f"requests.url is {url!r}; it must be an absolute URL")
        headers = [(str(name), str(value)) for name, value in message.get("headers") or []]
        body = base64.b64decode(message["body_b64"]) if message.get("body_b64") else None
        is_stream = method == "STREAM"
        return cls("GET" if is_stream else method, url, headers, body, is_stream)

    @property
    def header_dict(self):
        """The headers for libraries that take one value per name: repeated names are joined by a comma."""
        joined = {}
        for name, value in self.headers:
            known = next((it for it in joined if it.lower() == name.lower()), None)
            joined[known or name] = f"{joined[known]}, {value}" if known else value
        return joined

    def has_header(self, name):
        return any(it.lower() == name for it, _ in self.headers)


class Setup:
    """What a client is made from. Times are seconds here; `delay_ns` is nanoseconds."""

    def __init__(self):
        self.profile = "matched"
        self.requests = []
        self.mode = "sync"
        self.lanes = 1
        self.timeout_s = None
        self.retries = None
        self.delay_ns = 0
        self.http = None
        self.verify = None
        self.ca_pem = None
        self.redirects = None
        self.decode = None
        self.keep_alive = None
        self.pool = None
        self.seed = 0
        self._ca_file = None

    @classmethod
    def read(cls, message):
        self = cls()
        self.profile = message.get("profile") or "matched"
        if self.profile not in ("defaults", "matched"):
            raise BadSetup(f"profile is {self.profile!r}; it must be `defaults` or `matched`")
        self.mode = message.get("mode") or "sync"
        self.lanes = _whole(message, "lanes", 1, 1, LANES_MAX)
        timeout_ms = message.get("timeout_ms")
        self.timeout_s = None if timeout_ms is None else timeout_ms / 1000
        self.retries = _whole(message, "retries", None, 0, 1000)
        self.delay_ns = _whole(message, "delay_ns", 0, 0, 10**13)
        self.http = message.get("http")
        tls = message.get("tls") or {}
        self.verify, self.ca_pem = tls.get("verify"), tls.get("ca_pem")
        self.redirects = _whole(message, "redirects", None, 0, 1000)
        self.decode, self.keep_alive = message.get("decode"), message.get("keep_alive")
        self.pool = _whole(message, "pool", None, 1, LANES_MAX)
        self.seed = message.get("seed") or 0
        self.requests = [Request.read(it) for it in message.get("requests") or []]
        if not self.requests:
            raise BadSetup("requests is empty; name at least one")
        if self.is_matched:
            self._match()
        elif self.decode is False:
            self._tell(("accept-encoding", "identity"))
        return self

    def _match(self):
        """Fills what was left out and tells the headers that libraries like to choose."""
        for name, value in (
            ("retries", 0), ("http", "1.1"), ("verify", True), ("redirects", 0), ("decode", False),
            ("keep_alive", True), ("pool", self.lanes),
        ):
            if getattr(self, name) is None:
                setattr(self, name, value)
        encoding = "gzip" if self.decode else "identity"
        self._tell(("user-agent", "dyno"), ("accept", "*/*"), ("accept-encoding", encoding))

    def _tell(self, *headers):
        """Adds headers to the requests that have none of that name."""
        for request in self.requests:
            request.headers += [(name, value) for name, value in headers if not request.has_header(name)]

    @property
    def is_matched(self):
        return self.profile == "matched"

    @property
    def is_tls(self):
        return any(it.url.lower().startswith("https:") for it in self.requests)

    def skip(self, field, why):
        """Raises `Skipped`: this library cannot honour this field."""
        raise Skipped(f"{field}: {why}")

    def need_pool_of_lanes(self, why):
        """Skips a pool of another size than the lanes, for libraries that have no such choice."""
        if self.pool not in (None, self.lanes):
            self.skip("pool", why)

    def close_connections(self):
        """Asks for one connection per request by the field that every HTTP/1.1 library and server knows."""
        if self.http == "2":
            self.skip("keep_alive", "over HTTP/2 a connection is not closed after each request")
        self._tell(("connection", "close"))

    def ca_file(self):
        """The path of a file with `tls.ca_pem`, or `None` without one; removed by `forget`."""
        if self.ca_pem and self._ca_file is None:
            handle, self._ca_file = tempfile.mkstemp(suffix=".pem")
            with os.fdopen(handle, "w") as file:
                file.write(self.ca_pem)
        return self._ca_file

    def ssl_context(self):
        """An `ssl.SSLContext` as told, or `None` when nothing was told about TLS."""
        if not self.is_tls or (self.verify is None and not self.ca_pem):
            return None
        import ssl

        context = ssl.create_default_context(cadata=self.ca_pem or None)
        if self.verify is False:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def verify_argument(self):
        """`verify=` of the libraries shaped like requests: a path, a bool, or `True` when nothing was told."""
        if self.verify is False:
            return False
        return self.ca_file() or True

    def forget(self):
        """Removes what was written to disk."""
        if self._ca_file:
            os.unlink(self._ca_file)
            self._ca_file = None


def _whole(message, field, default, least, most):
    value = message.get(field)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadSetup(f"{field} is {value!r}; it must be a whole number from {least} to {most}")
    return value
