import os
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Optional, Protocol, TypeVar, Union, overload

from typing_extensions import ParamSpec, Self

from .calls import Calls, Stats
from .models import BenchmarkResult
from .runner import Gate, Loaded

P = ParamSpec("P")
R = TypeVar("R", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])

class Timed(Protocol[P, R]):
    """A decorated function: called as before, with what was counted beside it."""

    @property
    def calls(self) -> Calls: ...
    @property
    def last_result(self) -> BenchmarkResult: ...
    def stats(self) -> Stats: ...
    def verdict(self) -> list[dict[str, Any]]: ...
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __get__(self, instance: None, owner: Any, /) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: Any = ..., /) -> Any: ...

class _Time(Protocol):
    def __call__(self, function: Callable[P, R], /) -> Timed[P, R]: ...

class _Load(Protocol):
    def __call__(self, function: Callable[P, R], /) -> Loaded[P, R]: ...

@overload
def benchmark(function: Callable[P, R], /) -> Timed[P, R]: ...
@overload
def benchmark(
    function: Callable[P, R],
    *,
    name: Optional[str] = None,
    gate: Gate = None,
    tags: Iterable[str] = (),
    record: Union[str, os.PathLike[str], None] = None,
) -> Timed[P, R]: ...
@overload
def benchmark(
    function: None = None,
    *,
    name: Optional[str] = None,
    gate: Gate = None,
    tags: Iterable[str] = (),
    record: Union[str, os.PathLike[str], None] = None,
) -> _Time: ...
@overload
def benchmark(
    function: None = None,
    *,
    name: Optional[str] = None,
    gate: Gate = None,
    target_url: str,
    client_library: str = "requests",
    concurrency: int = 5,
    duration_seconds: float = 10,
    http_method: str = "GET",
    store_results: bool = True,
    **load: Any,
) -> _Load: ...

class span:
    def __init__(self, name: str, gate: Gate = None, tags: Iterable[str] = ()) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: Optional[type[BaseException]], _value: Optional[BaseException], _traceback: Optional[TracebackType]
    ) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *failure: Any) -> None: ...
    def stats(self) -> Stats: ...

def write(path: Union[str, os.PathLike[str]], name: Optional[str] = None) -> dict[str, Any]: ...
def reset() -> None: ...
