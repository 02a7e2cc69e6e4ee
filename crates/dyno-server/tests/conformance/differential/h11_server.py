"""h11's server side as an oracle: reads messages as lines of hex, writes what it saw of each as words of hex."""

import sys

import h11


def seen(wire):
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(wire)
    connection.receive_data(b"")
    requests = []
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                requests.append((request, body))
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                connection.start_next_cycle()
            else:
                return requests
    except h11.ProtocolError:
        return requests


def echo(request, body):
    target = bytes(request.target)
    fields = dict(request.headers)
    host = fields.get(b"host", b"-")
    if target.lower().startswith((b"http://", b"https://")):
        host = target.split(b"://", 1)[1].split(b"/")[0].split(b"?")[0]
    start = bytes(request.method) + b" " + target + b" " + host
    return start + (b": " + body if body else b"")


for line in sys.stdin:
    found = [echo(*request).hex() for request in seen(bytes.fromhex(line))]
    print(" ".join(found), flush=True)
