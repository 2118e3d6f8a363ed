"""What is known of one network before its passes are looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .certificate import Certificate


@dataclass
class Result:
    """What is known of one network before its passes are looked at.

    Attributes:
        compile_seconds: by which the first call of train took longer than the second: compiling,
            or loading what was compiled before.
        start_seconds: that its process took to start, with what it imports.
    """

    name: str
    status: str
    reason: str = ""
    certificate: Certificate | None = None
    prepare_seconds: float = math.nan
    compile_seconds: float = math.nan
    peak_memory_bytes: int | None = None
    start_seconds: float = 0.0
