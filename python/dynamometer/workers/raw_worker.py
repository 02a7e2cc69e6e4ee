# /// script
# requires-python = ">=3.9"
# dependencies = []
# ///
"""A raw socket: prebuilt bytes out, the least reading of the answer that is right. The floor of the language.

Not a client: follows nothing, decodes nothing, and knows bodies by length, by chunks, or by the end of the connection.
"""

import platform
import socket
from urllib.parse import urlsplit

from dynamometer import sdk


class ProtocolError(Exception):
    """The answer is not HTTP/1.1."""


class IncompleteAnswer(Exception):
    """The connection was closed within the answer."""


class Answer:
    """Reads one answer from the bytes that are fed to it."""

    def __init__(self):
        self.data = bytearray()
        self.status = 0
        self.left = None  # bytes of the body that are missing; None: until the end of the connection
        self.body_at = 0
        self.is_chunked = self.ends_connection = False

    def feed(self, data, is_head_only):
        """Whether the answer is complete."""
        self.data += data
        if not self.body_at:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._read_head(bytes(self.data[:end]).lower(), is_head_only)
            self.body_at = end + 4
        if self.is_chunked:
            return self.data.endswith(b"0\r\n\r\n", self.body_at) and self._chunks() is not None
        return self.left is not None and len(self.data) - self.body_at >= self.left

    def _read_head(self, head, is_head_only):
        first, *lines = head.split(b"\r\n")
        if not first.startswith(b"http/1.") or not first[9:12].isdigit():
            raise ProtocolError(f"the answer starts with {first[:40]!r} instead of a status line")
        self.status = int(first[9:12])
        fields = dict(line.partition(b":")[::2] for line in lines)
        self.ends_connection = b"close" in fields.get(b"connection", b"")
        if is_head_only or self.status in (204, 304) or self.status < 200:
            self.left = 0
        elif b"chunked" in fields.get(b"transfer-encoding", b""):
            self.is_chunked = True
        elif b"content-length" in fields:
            self.left = int(fields[b"content-length"])

    def _chunks(self):
        """The decoded body, or `None` while it is incomplete."""
        at, parts = self.body_at, []
        while True:
            line_end = self.data.find(b"\r\n", at)
            if line_end < 0:
                return None
            size = int(bytes(self.data[at:line_end]).partition(b";")[0], 16)
            if size == 0:
                return b"".join(parts)
            at = line_end + 2
            if len(self.data) < at + size + 2:
                return None
            parts.append(bytes(self.data[at : at + size]))
            at += size + 2

    def ended(self):
        """Called at the end of the connection, which completes a body without a length and breaks any other."""
        if not self.data:
            raise ConnectionResetError("the connection was closed before an answer")
        if not self.body_at or self.is_chunked or self.left is not None:
            raise IncompleteAnswer("the connection was closed within the answer")
        self.ends_connection = True

    def body(self):
        return self._chunks() if self.is_chunked else bytes(self.data[self.body_at :])


def prepare(request):
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{request.method} {target} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
        lines.append(f"content-length: {len(request.body or b'')}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    address = parts.scheme == "https", parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    return address, head + (request.body or b""), request.method == "HEAD"


class SyncLane:
    def __init__(self, setup, context):
        self.timeout_s, self.context = setup.timeout_s, context
        self.sockets = {}

    def connect(self, address):
        is_tls, host, port = address
        connected = socket.create_connection((host, port), self.timeout_s)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if is_tls:
            import ssl

            context = self.context or ssl.create_default_context()
            connected = context.wrap_socket(connected, server_hostname=host)
        self.sockets[address] = connected
        return connected

    def ask(self, argument, chunk_bytes):
        address, message, is_head_only = argument
        connected = self.sockets.pop(address, None) or self.connect(address)
        answer, chunks = Answer(), 0
        try:
            connected.sendall(message)
            while True:
                data = connected.recv(chunk_bytes)
                chunks += 1
                if not data:
                    answer.ended()
                    break
                if answer.feed(data, is_head_only):
                    break
        except BaseException:
            connected.close()
            self.sockets.pop(address, None)
            raise
        if answer.ends_connection:
            connected.close()
            self.sockets.pop(address, None)
        else:
            self.sockets[address] = connected
        return answer, chunks

    def call(self, argument):
        answer, _ = self.ask(argument, 65_536)
        return answer.status, answer.body()

    def stream(self, argument):
        answer, chunks = self.ask(argument, sdk.STREAM_CHUNK_BYTES)
        return answer.status, len(answer.body()), chunks


class AsyncLane:
    def __init__(self, setup):
        self.timeout_s = setup.timeout_s
        # Here, so that it is no memory of a sync worker.
        import asyncio

        self.loop, self.current_task = asyncio.get_running_loop(), asyncio.current_task
        self.sockets = {}

    async def connect(self, address):
        _, host, port = address
        family, kind, number, _, where = (await self.loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
        connected = socket.socket(family, kind, number)
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.loop.sock_connect(connected, where)
        return connected

    async def ask(self, argument, chunk_bytes):
        # A timer that interrupts costs less than a task around each request.
        timed_out = []
        task = self.current_task()
        timer = self.loop.call_later(self.timeout_s, lambda: timed_out.append(task.cancel())) if self.timeout_s else None
        address, message, is_head_only = argument
        connected = None
        answer, chunks = Answer(), 0
        try:
            connected = self.sockets.pop(address, None) or await self.connect(address)
            await self.loop.sock_sendall(connected, message)
            while True:
                data = await self.loop.sock_recv(connected, chunk_bytes)
                chunks += 1
                if not data:
                    answer.ended()
                    break
                if answer.feed(data, is_head_only):
                    break
        except BaseException as failure:
            if connected:
                connected.close()
            if timed_out:
                getattr(task, "uncancel", int)()
                raise TimeoutError(f"no answer within {self.timeout_s} s") from failure
            raise
        finally:
            if timer:
                timer.cancel()
        if answer.ends_connection:
            connected.close()
        else:
            self.sockets[address] = connected
        return answer, chunks

    async def call(self, argument):
        answer, _ = await self.ask(argument, 65_536)
        return answer.status, answer.body()

    async def stream(self, argument):
        answer, chunks = await self.ask(argument, sdk.STREAM_CHUNK_BYTES)
        return answer.status, len(answer.body()), chunks


def _client(lane):
    return sdk.Client(lane.call, lane.stream, prepare)


def make_sync(setup):
    setup.need_pool_of_lanes("a connection belongs to each lane")
    context = setup.ssl_context()
    return sdk.Client(lane=lambda: _client(SyncLane(setup, context)))


async def make_async(setup):
    setup.need_pool_of_lanes("a connection belongs to each lane")
    if setup.is_tls:
        setup.skip("requests.url", "the asynchronous floor speaks plain text only")
    return sdk.Client(lane=lambda: _client(AsyncLane(setup)))


if __name__ == "__main__":
    sdk.worker("raw", platform.python_version(), make_sync, make_async, features=["stream", "tls_verify", "ca"])
