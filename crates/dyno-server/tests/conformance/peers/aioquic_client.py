"""Asks an HTTP/3 server by aioquic: one line `METHOD path body-bytes` in, one line `status body-bytes start` out.

Called with the port and the server's certificate; all requests go over one connection.
"""

import asyncio
import sys

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration


class Client(QuicConnectionProtocol):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.http = H3Connection(self._quic)
        self.answers = {}

    def ask(self, method, path, body):
        stream = self._quic.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)]
        if body:
            head.append(("content-length", str(len(body))))
        encoded = [(name.encode(), value.encode()) for name, value in head]
        self.http.send_headers(stream, encoded, end_stream=not body)
        if body:
            self.http.send_data(stream, body, end_stream=True)
        done = asyncio.get_event_loop().create_future()
        self.answers[stream] = ([], bytearray(), done)
        self.transmit()
        return done

    def quic_event_received(self, event):
        for found in self.http.handle_event(event):
            head, body, done = self.answers[found.stream_id]
            if isinstance(found, HeadersReceived):
                head.append(dict(found.headers))
            elif isinstance(found, DataReceived):
                body += found.data
            if found.stream_ended and not done.done():
                done.set_result((head, bytes(body)))


async def main():
    options = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name="localhost")
    options.load_verify_locations(sys.argv[2])
    async with connect("127.0.0.1", int(sys.argv[1]), configuration=options, create_protocol=Client) as client:
        waiting = []
        for line in sys.stdin:
            method, path, size = line.split()
            waiting.append(client.ask(method, path, b"x" * int(size)))
        for answer in waiting:
            head, body = await asyncio.wait_for(answer, 30)
            start = body[:40].decode()
            print(head[-1][b":status"].decode(), len(body), start, flush=True)


asyncio.run(main())
