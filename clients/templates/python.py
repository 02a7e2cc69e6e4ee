# /// script
# requires-python = ">=3.9"
# dependencies = []  # the library of this worker, pinned: ["httpx==0.28.1"]
# ///
"""A worker for one client library. `dyno clients check FILE` says whether it keeps the protocol's rules.

As it stands it measures urllib of the standard library. Replace what stands in `make_sync`; write `make_async` with
coroutines when the library has them, and delete what it has not.
"""

import http.client
import platform

from dynamometer import sdk

# Imports the library and counts how long that takes: `httpx = sdk.library("httpx")`.
request_of = sdk.library("urllib.request")


def make_sync(setup):
    """Makes the client, once for all lanes (`setup.lanes` threads call it at the same time).

    A field of `setup` that is None was not told: leave it to the library. What the library cannot do is refused by name:
    `setup.skip("http", "this library speaks HTTP/1.1 only")`. What `features` below does not list is refused for you.
    """
    handlers = [request_of.ProxyHandler({})]
    context = setup.ssl_context()
    if context:
        handlers.append(request_of.HTTPSHandler(context=context))
    opener = request_of.build_opener(*handlers)
    # An answer is an answer, whatever its status: without these, urllib raises for 404 and follows 302.
    opener.process_response.clear()
    timeout = {} if setup.timeout_s is None else {"timeout": setup.timeout_s}

    def prepare(request):
        """Once per request of the setup, outside of the time that counts."""
        return request_of.Request(request.url, request.body, request.header_dict, method=request.method)

    def call(argument):
        """What is timed: from here to the status and the whole body as bytes. Raise when there is no answer."""
        with opener.open(argument, **timeout) as response:
            return response.status, response.read()

    def stream(argument):
        """The same in chunks of 8,192 bytes: status, bytes, number of chunks."""
        received = chunks = 0
        with opener.open(argument, **timeout) as response:
            while chunk := response.read(sdk.STREAM_CHUNK_BYTES):
                received += len(chunk)
                chunks += 1
            # `read` with a size takes the end of the connection for the end of the body.
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return response.status, received, chunks

    # For connections that two threads cannot share: `sdk.Client(lane=make_one)`, where make_one() returns a Client.
    return sdk.Client(call, stream, prepare, close=opener.close)


if __name__ == "__main__":
    # features: stream, redirects, tls_verify, ca, decode. Timeout, retries and keep_alive are taken for granted.
    sdk.worker("urllib", platform.python_version(), make_sync, features=["stream", "tls_verify", "ca"])
