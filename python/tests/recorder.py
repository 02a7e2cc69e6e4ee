"""A small HTTP/1.1 server that writes down what it was sent, byte for byte. For tests of workers."""

import socket
import socketserver
import threading


class Recorder(socketserver.ThreadingTCPServer):
    """Answers every request with 200 and its own body; `/status/N` with N, `/close` by closing.

    `heads` and `bodies` hold what arrived, `connections` how many were opened.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.reset()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def reset(self):
        self.heads, self.bodies, self.connections = [], [], 0

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
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.server.lock:
            self.server.connections += 1
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
            length = int(fields.get(b"content-length", 0))
            while len(data) < length:
                data += self.request.recv(65_536)
            body, data = data[:length], data[length:]
            with self.server.lock:
                self.server.heads.append(head)
                self.server.bodies.append(body)
            if not self.answer(head, fields, body):
                return

    def answer(self, head, fields, body):
        target = head.split(b" ")[1].decode()
        if target == "/close":
            return False
        status = target.rpartition("/")[2] if target.startswith("/status/") else "200"
        closes = b"close" in fields.get(b"connection", b"").lower()
        extra = b"connection: close\r\n" if closes else b""
        self.request.sendall(b"HTTP/1.1 %s OK\r\n%scontent-length: %d\r\n\r\n" % (status.encode(), extra, len(body)) + body)
        return not closes
