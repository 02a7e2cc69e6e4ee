# /// script
# requires-python = ">=3.12"
# dependencies = ["requestx==1.0.11"]
# ///
"""requestx: shaped like httpx, on a Rust engine, and not the same below the names.

- `verify`, a certificate authority, limits of connections, and a timeout given to one call change nothing, so the first two
  are refused and the timeout belongs to the client.
- Header fields of a call must be a mapping: the asynchronous client ignores pairs, the other keeps the last of a name.
- The synchronous client sends its own fields twice, and those of a call beside them; they can be taken out one by one. The
  asynchronous one shows no fields at all, and those of a call replace its own.
- The synchronous client follows more redirects than it is told, the asynchronous one none, so only none can be asked for.
- The asynchronous `stream` has read the whole body before it gives a chunk, and then gives none.
- Over TLS it speaks HTTP/2 where that is offered, and there is no way to say otherwise.

It has no wheel for Linux; pip builds it with Rust.
"""

from dynamometer import sdk
from dynamometer.workers import _httpx_shape

requestx = sdk.library("requestx")


def options_of(setup):
    if setup.http and setup.is_tls:
        setup.skip("http", "requestx speaks what TLS agrees on, HTTP/2 included, and offers no choice of version")
    options = _httpx_shape.options_of(requestx, setup)
    for unknown in ("http1", "http2", "verify", "limits"):
        options.pop(unknown, None)
    return options


def prepare(request):
    return request.method, request.url, {"headers": request.header_dict, "content": request.body}


def made(client):
    client.prepare = prepare
    return client


def make_sync(setup):
    client = requestx.Client(**options_of(setup))
    told = {name.lower() for request in setup.requests for name, _ in request.headers}
    for name in list(client.headers):
        if setup.is_matched or name.lower() in told:
            del client.headers[name]
    return made(_httpx_shape.sync_client(client))


def make_async(setup):
    if any(request.is_stream for request in setup.requests):
        setup.skip("requests.method", "the asynchronous requestx reads the whole body before it gives a chunk")
    return made(_httpx_shape.async_client(requestx.AsyncClient(**options_of(setup))))


if __name__ == "__main__":
    sdk.worker(
        "requestx", lambda: requestx.__version__, make_sync, make_async, features=["stream", "decode"], runtime=(3, 12)
    )
