import os
from typing import Any, Optional, Union

from .calls import Stats
from .decorator import Timed
from .models import BenchmarkResult
from .runner import Gate

class HttpBench:
    def run(
        self, target_url: str, gate: Gate = None, python: Union[str, os.PathLike[str], None] = None, **fields: Any
    ) -> BenchmarkResult: ...
    async def run_async(
        self, target_url: str, gate: Gate = None, python: Union[str, os.PathLike[str], None] = None, **fields: Any
    ) -> BenchmarkResult: ...
    def check(self, function: Timed[..., Any]) -> Stats: ...

def http_bench(request: Any) -> HttpBench: ...
