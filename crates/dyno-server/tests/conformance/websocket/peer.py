"""Plays the client of the library `websockets` against an echo server; prints one line per case, then `end`."""

import asyncio
import os
import sys

import websockets
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

URL = sys.argv[1]
MESSAGES = ["", "hällo €😀", "lorem ipsum " * 500, os.urandom(70_000), bytes(range(256)) * 40, "again " * 500]


def deflate(**parameters):
    """Options that offer permessage-deflate with these parameters and nothing else."""
    return {"extensions": [ClientPerMessageDeflateFactory(**parameters)], "compression": None}


async def echo(**options):
    async with connect(URL, max_size=None, **options) as socket:
        # Twice, so that a window that is kept comes into play.
        for message in MESSAGES * 2:
            await socket.send(message)
            assert await socket.recv() == message, "another message came back"
        return socket


async def agreed(expected, **options):
    socket = await echo(**options)
    extensions = socket.response.headers.get("Sec-WebSocket-Extensions", "")
    assert extensions == expected, f"{extensions!r} was agreed instead of {expected!r}"


async def fragments():
    async with connect(URL) as socket:
        await socket.send(["a", "b€", "", "c"])
        assert await socket.recv() == "ab€c", "the fragments did not become one message"


async def pings():
    async with connect(URL) as socket:
        await (await socket.ping(b"payload"))


async def closing():
    async with connect(URL) as socket:
        await socket.close(code=4321, reason="enough")
        assert socket.close_code == 4321, f"the code came back as {socket.close_code}"
    assert socket.protocol.close_rcvd_then_sent is False, "the server closed first"


async def subprotocol():
    async with connect(URL, subprotocols=["soap", "chat"]) as socket:
        assert socket.subprotocol == "chat", f"{socket.subprotocol} was chosen"


async def bad_text():
    async with connect(URL) as socket:
        await socket.send(b"\xff", text=True)
        try:
            await socket.recv()
        except websockets.ConnectionClosed as closed:
            assert closed.rcvd.code == 1007, f"the server closed with {closed.rcvd}"
        else:
            raise AssertionError("text that is not UTF-8 was accepted")


async def many():
    async with connect(URL) as socket:
        for number in range(500):
            await socket.send(str(number))
        for number in range(500):
            assert await socket.recv() == str(number), "the order is another"


CASES = {
    "plain": lambda: echo(compression=None),
    "compressed": lambda: agreed("permessage-deflate"),
    "compressed, small windows": lambda: agreed(
        "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
        **deflate(server_max_window_bits=9, client_max_window_bits=9),
    ),
    "compressed, no context takeover": lambda: agreed(
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        **deflate(server_no_context_takeover=True, client_no_context_takeover=True),
    ),
    "fragments": fragments,
    "pings": pings,
    "closing": closing,
    "subprotocol": subprotocol,
    "text that is not UTF-8": bad_text,
    "many messages": many,
}


async def main():
    for name, case in CASES.items():
        try:
            await asyncio.wait_for(case(), 30)
            print(f"ok {name}")
        except Exception as error:
            print(f"failed {name}: {error!r}")
    print("end")


asyncio.run(main())
