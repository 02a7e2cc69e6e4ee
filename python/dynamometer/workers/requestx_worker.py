# /// script
# requires-python = ">=3.12"
# dependencies = ["requestx==1.0.11"]
# ///
"""requestx: shaped like httpx, on a Rust engine. Ignores what it is told about TLS and about limits per request.

`verify=False`, a certificate authority, and a timeout given to one call change nothing in it, so the first two are
refused here and the timeout belongs to the client. It has no wheel for Linux; pip builds it with Rust.
"""

from dynamometer import sdk
from dynamometer.workers import _httpx_shape

requestx = sdk.library("requestx")


def options_of(library, setup):
    if setup.http not in (None, "1.1"):
        setup.skip("http", "requestx offers no choice of version")
    options = _httpx_shape.options_of(library, setup)
    for unknown in ("http1", "http2", "verify"):
        options.pop(unknown, None)
    return options


if __name__ == "__main__":
    make_sync, make_async = _httpx_shape.makers(requestx, options_of)
    features = ["stream", "redirects", "decode"]
    sdk.worker("requestx", lambda: requestx.__version__, make_sync, make_async, features=features, runtime=(3, 12))
