# /// script
# requires-python = ">=3.9"
# dependencies = []
# ///
"""http.client: the standard library, sync only, a connection per lane. The floor of a library in Python."""

import platform
from urllib.parse import urlsplit

from dynamometer import sdk

http_client = sdk.library("http.client")

def make_sync(setup):
    setup.need_pool_of_lanes("a connection belongs to each lane")
    context = setup.ssl_context()
    return sdk.Client(lane=lambda: _Lane(setup, context).client())


class _Lane:
    def __init__(self, setup, context):
        self.options = {} if setup.timeout_s is None else {"timeout": setup.timeout_s}
        self.context = context
        self.connections = {}

    def client(self):
        return sdk.Client(self.call, self.stream, self.prepare)

    def prepare(self, request):
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = list(request.headers)
        if (request.body is not None or request.method in ("POST", "PUT", "PATCH")) and not request.has_header("content-length"):
            headers.append(("Content-Length", str(len(request.body or b""))))
        return self._connection(parts), request.method, target, headers, request.body, request.has_header("accept-encoding")

    def _connection(self, parts):
        key = parts.scheme, parts.hostname, parts.port
        if key not in self.connections:
            if parts.scheme == "https":
                made = http_client.HTTPSConnection(parts.hostname, parts.port, context=self.context, **self.options)
            else:
                made = http_client.HTTPConnection(parts.hostname, parts.port, **self.options)
            self.connections[key] = made
        return self.connections[key]

    @staticmethod
    def _ask(argument):
        connection, method, target, headers, body, skips_encoding = argument
        connection.putrequest(method, target, skip_accept_encoding=skips_encoding)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body)
        return connection.getresponse()

    def call(self, argument):
        try:
            response = self._ask(argument)
            return response.status, response.read()
        except BaseException:
            argument[0].close()
            raise

    def stream(self, argument):
        received = chunks = 0
        try:
            response = self._ask(argument)
            while chunk := response.read(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
            # `read` with a size takes the end of the connection for the end of the body.
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return response.status, received, chunks
        except BaseException:
            argument[0].close()
            raise


if __name__ == "__main__":
    sdk.worker("stdlib", platform.python_version(), make_sync, features=["stream", "tls_verify", "ca"])
