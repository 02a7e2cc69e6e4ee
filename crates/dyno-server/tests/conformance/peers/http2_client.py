"""The h2 library of Python against the echo server: one line per case, `name: ok` or what went wrong."""

import socket
import sys

import h2.config
import h2.connection
import h2.events

PORT = int(sys.argv[1])
HOST = f"127.0.0.1:{PORT}"


class Client:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.connection.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def events(self):
        data = self.socket.recv(65536)
        assert data, "the server closed"
        events = self.connection.receive_data(data)
        self.flush()
        return events

    def ask(self, method, path, body=None, trailers=None):
        stream = self.connection.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", "http"), (":path", path), (":authority", HOST)]
        self.connection.send_headers(stream, fields, end_stream=body is None)
        if body is not None:
            self.send_body(stream, body, trailers)
        self.flush()
        return stream

    def send_body(self, stream, body, trailers):
        while body:
            window = self.connection.local_flow_control_window(stream)
            if window == 0:
                self.flush()
                self.events()
                continue
            size = min(window, self.connection.max_outbound_frame_size, len(body))
            self.connection.send_data(stream, body[:size])
            body = body[size:]
        if trailers:
            self.connection.send_headers(stream, trailers, end_stream=True)
        else:
            self.connection.end_stream(stream)

    def answers(self, streams):
        statuses, bodies, open_streams = {}, {stream: b"" for stream in streams}, set(streams)
        while open_streams:
            for event in self.events():
                if isinstance(event, h2.events.ResponseReceived):
                    statuses[event.stream_id] = dict(event.headers)[b":status"]
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    self.flush()
                elif isinstance(event, h2.events.StreamEnded):
                    open_streams.discard(event.stream_id)
                elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    raise AssertionError(repr(event))
        return statuses, bodies


def check_one(method, path, body, expected, trailers=None):
    client = Client()
    stream = client.ask(method, path, body, trailers)
    statuses, bodies = client.answers([stream])
    assert (statuses[stream], bodies[stream]) == (b"200", expected), (statuses, bodies[stream][:100])


def get():
    check_one("GET", "/a?b", None, f"GET /a?b {HOST}".encode())


def post():
    check_one("POST", "/", b"ab", f"POST / {HOST}: ab".encode())


def large_post():
    check_one("POST", "/", b"x" * 500_000, f"POST / {HOST}: ".encode() + b"x" * 500_000)


def trailers():
    check_one("POST", "/", b"ab", f"POST / {HOST}: ab".encode(), [("a", "b")])


def large_answer():
    client = Client()
    stream = client.ask("GET", "/large")
    _, bodies = client.answers([stream])
    assert len(bodies[stream]) == 6 << 20, len(bodies[stream])


def many_at_once():
    client = Client()
    streams = [client.ask("GET", f"/{number}") for number in range(100)]
    _, bodies = client.answers(streams)
    for number, stream in enumerate(streams):
        assert bodies[stream] == f"GET /{number} {HOST}".encode(), bodies[stream]


for case in [get, post, large_post, trailers, large_answer, many_at_once]:
    name = case.__name__.replace("_", " ")
    try:
        case()
        print(f"{name}: ok")
    except Exception as error:
        print(f"{name}: {type(error).__name__} {error}")
