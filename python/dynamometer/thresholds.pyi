from typing import Any, Optional

from .calls import Stats
from .runner import Gate

class ThresholdError(ValueError): ...

class Threshold:
    text: str
    metric: str
    sign: str
    limit: float
    tolerance: float
    quantile: Optional[float]
    is_time: bool
    is_share: bool
    def __init__(self, text: str) -> None: ...
    def judge(self, stats: Stats) -> dict[str, Any]: ...

def read_gate(gate: Gate) -> list[Threshold]: ...
def show_time(ns: float) -> str: ...
