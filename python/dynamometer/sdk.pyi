from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Optional, Union

from .engine.settings import STREAM_CHUNK_BYTES as STREAM_CHUNK_BYTES
from .engine.settings import Request as Request
from .engine.settings import Setup as Setup
from .engine.settings import Skipped as Skipped

__all__ = ["STREAM_CHUNK_BYTES", "Client", "Request", "Setup", "Skipped", "library", "version_of", "worker"]

class Client:
    def __init__(
        self,
        call: Optional[Callable[[Any], Union[tuple[int, bytes], Awaitable[tuple[int, bytes]]]]] = None,
        stream: Optional[Callable[[Any], Union[tuple[int, int, int], Awaitable[tuple[int, int, int]]]]] = None,
        prepare: Optional[Callable[[Request], Any]] = None,
        lane: Optional[Callable[[], Client]] = None,
        detail: Optional[Callable[[], tuple[int, bool]]] = None,
        close: Optional[Callable[[], Any]] = None,
    ) -> None: ...

def library(name: str) -> Any: ...
def version_of(distribution: str) -> str: ...
def worker(
    name: str,
    version: Union[str, Callable[[], str]],
    make_sync: Optional[Callable[[Setup], Client]] = None,
    make_async: Optional[Callable[[Setup], Any]] = None,
    features: Sequence[str] = (),
    http: Sequence[str] = ("1.1",),
    libs: Union[Mapping[str, str], Callable[[], Mapping[str, str]], None] = None,
    runtime: tuple[int, int] = (3, 9),
) -> None: ...
