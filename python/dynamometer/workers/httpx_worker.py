# /// script
# requires-python = ">=3.9"
# dependencies = ["httpx[http2]==0.28.1"]
# ///
"""httpx: sync and async, on httpcore. Keeps 20 connections of 100 by default and for 5 s; follows no redirects."""

from dynamometer import sdk
from dynamometer.workers import _httpx_shape

httpx = sdk.library("httpx")

if __name__ == "__main__":
    make_sync, make_async = _httpx_shape.makers(httpx)
    sdk.worker(
        "httpx", lambda: httpx.__version__, make_sync, make_async, http=["1.1", "2"],
        features=["stream", "redirects", "tls_verify", "ca", "decode"],
        libs=lambda: {"httpcore": __import__("httpcore").__version__}, runtime=(3, 9),
    )  # fmt: skip
