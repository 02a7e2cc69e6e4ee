# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2[http2]==2.16.2"]
# ///
"""httpx2: the continuation of httpx under a name of its own, on httpcore2."""

from dynamometer import sdk
from dynamometer.workers import _httpx_shape

httpx2 = sdk.library("httpx2")

if __name__ == "__main__":
    make_sync, make_async = _httpx_shape.makers(httpx2)
    sdk.worker(
        "httpx2", lambda: httpx2.__version__, make_sync, make_async, http=["1.1", "2"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"],
        libs=lambda: {"httpcore2": __import__("httpcore2").__version__}, runtime=(3, 11),
    )  # fmt: skip
