import os
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Optional, Protocol, TypeVar, Union

from typing_extensions import ParamSpec, TypeAlias

from .models import BenchmarkConfiguration, BenchmarkResult
from .storage import ResultStorage

P = ParamSpec("P")
R = TypeVar("R", covariant=True)
Gate: TypeAlias = Union[str, Sequence[str], AbstractSet[str], Mapping[str, str], None]

class UnsupportedError(NotImplementedError, ValueError): ...

class BenchmarkRunner:
    config: BenchmarkConfiguration
    python: Union[str, os.PathLike[str]]
    storage: Optional[ResultStorage]
    mode: str
    def __init__(
        self,
        config: BenchmarkConfiguration,
        *,
        python: Union[str, os.PathLike[str], None] = None,
        gate: Gate = None,
        storage: Optional[ResultStorage] = None,
    ) -> None: ...
    def run(self) -> BenchmarkResult: ...

class AsyncBenchmarkRunner(BenchmarkRunner):
    async def run(self) -> BenchmarkResult: ...  # type: ignore[override]

class Loaded(Protocol[P, R]):
    """A decorated function: called as before, with what the load after its last call brought."""

    last_result: Optional[BenchmarkResult]
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...

class _Load(Protocol):
    def __call__(self, function: Callable[P, R], /) -> Loaded[P, R]: ...

def benchmark_function(
    target_url: str,
    http_method: str = "GET",
    client_library: str = "requests",
    concurrency: int = 10,
    duration_seconds: float = 30,
    store_results: bool = False,
    python: Union[str, os.PathLike[str], None] = None,
    gate: Gate = None,
    name: Optional[str] = None,
    **fields: Any,
) -> _Load: ...
