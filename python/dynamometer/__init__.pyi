"""What the package has, for type checkers; at run time each name is imported when it is first used."""

from .decorator import benchmark as benchmark
from .decorator import reset as reset
from .decorator import span as span
from .decorator import write as write
from .models import BenchmarkConfiguration as BenchmarkConfiguration
from .models import BenchmarkResult as BenchmarkResult
from .models import ResourceMetrics as ResourceMetrics
from .runner import AsyncBenchmarkRunner as AsyncBenchmarkRunner
from .runner import BenchmarkRunner as BenchmarkRunner
from .runner import benchmark_function as benchmark_function
from .storage import ResultStorage as ResultStorage

__version__: str
__all__: list[str]
