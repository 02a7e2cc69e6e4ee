"""A small HTTP/1.1 server that writes down what it was sent, byte for byte. For tests of workers."""

import socket
import socketserver
import threading
import time

# How long a request of `/together` waits for the others before it is answered all the same, as failed.
PATIENCE_S = 10
PIECE = b"x" * 4096
# What keeps the sixth piece apart from the ones before, also at a slow reader.
PAUSE_S = 0.005


class Recorder(socketserver.ThreadingTCPServer):
    """Answers every request with 200 and its own body, and by its path:

    - `/status/N` with N, `/size/N` with N bytes, `/pieces/N` with N pieces of 4,096 bytes, each sent by itself;
    - `/redirect/N` with 302 to one less, until 0 is a 200;
    - `/close` by closing, `/odd` by closing on every other request, `/never` not at all, until the client goes away;
    - `/together/N` when N requests are waiting in it, so that nobody gets through who asks with fewer at a time.

    `heads`, `bodies` and `arrivals` (ns of the monotonic clock) hold what arrived, `connections` how many were opened,
    `most_in_flight` how many were being answered at once.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.waiting = threading.Condition(self.lock)
        self.in_flight = 0
        self.reset()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def reset(self):
        self.heads, self.bodies, self.arrivals, self.connections = [], [], [], 0
        self.most_in_flight = self.together = 0

    def lines(self):
        """The first lines of the heads: method, path and version of each request."""
        return [head.partition(b"\r\n")[0].decode("latin-1") for head in self.heads]

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are part of the tests."""

    def close(self):
        self.shutdown()
        self.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        server = self.server
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with server.lock:
            server.connections += 1
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                more = self.request.recv(65_536)
                if not more:
                    return
                data += more
            head, _, data = data.partition(b"\r\n\r\n")
            fields = {}
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                fields[name.strip().lower()] = value.strip()
            if b"chunked" in fields.get(b"transfer-encoding", b""):
                body, data = self.chunks(data)
            else:
                body, data = self.take(data, int(fields.get(b"content-length", 0)))
            with server.lock:
                server.heads.append(head)
                server.bodies.append(body)
                server.arrivals.append(time.monotonic_ns())
                server.in_flight += 1
                server.most_in_flight = max(server.most_in_flight, server.in_flight)
                number = len(server.heads)
            try:
                answer = self.answer(head, body, number)
            finally:
                # Before it is sent: the client may come with the next one at once.
                with server.lock:
                    server.in_flight -= 1
            if answer is None or not self.send(fields, *answer):
                return

    def take(self, data, length):
        """So many bytes, and what came behind them."""
        while len(data) < length:
            more = self.request.recv(65_536)
            if not more:
                raise ConnectionError("the body broke off")
            data += more
        return data[:length], data[length:]

    def chunks(self, data):
        """A body in chunks without trailers, and what came behind it."""
        body = b""
        while True:
            while b"\r\n" not in data:
                data += self.take(b"", 1)[0]
            size, _, data = data.partition(b"\r\n")
            chunk, data = self.take(data, int(size, 16) + 2)
            body += chunk[:-2]
            if len(chunk) == 2:
                return body, data

    def answer(self, head, body, number):
        """Status, fields and body of the answer, or `None` when the connection is to be closed without one."""
        method, target = head.split(b" ")[:2]
        word, _, count = target.decode().strip("/").partition("/")
        if word == "close" or (word == "odd" and number % 2):
            return None
        if word == "never":
            self.request.recv(1)
            return None
        status, fields = 200, b""
        if word == "status":
            status = int(count)
        elif word == "size":
            body = b"x" * int(count)
        elif word == "pieces":
            body = PIECE * int(count)
        elif word == "together":
            status = self.wait_for_others(int(count))
        elif word == "redirect" and count != "0":
            status, fields = 302, b"location: /redirect/%d\r\n" % (int(count) - 1)
        return status, fields + b"content-length: %d\r\n" % len(body), b"" if method == b"HEAD" else body

    def wait_for_others(self, count):
        server = self.server
        with server.waiting:
            server.together += 1
            # The last of each group lets it go.
            wanted = -(-server.together // count) * count
            server.waiting.notify_all()
            return 200 if server.waiting.wait_for(lambda: server.together >= wanted, PATIENCE_S) else 504

    def send(self, asked, status, fields, body):
        """Whether the connection goes on."""
        closes = b"close" in asked.get(b"connection", b"").lower()
        head = b"HTTP/1.1 %d OK\r\n%s%s\r\n" % (status, fields, b"connection: close\r\n" if closes else b"")
        is_in_pieces = len(body) > len(PIECE) and body.startswith(PIECE)
        self.request.sendall(head + (b"" if is_in_pieces else body))
        if is_in_pieces:
            for at in range(0, len(body), len(PIECE)):
                if at == 5 * len(PIECE):
                    time.sleep(PAUSE_S)
                self.request.sendall(body[at : at + len(PIECE)])
        return not closes
