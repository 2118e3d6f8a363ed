"""torch on an NVIDIA GPU: the same operators, and a launch of each for every batch.

The waste removed: none that torch leaves. A GPU has the bandwidth to move many rows at once, so it
gains with large batches and many hidden units; of short ones it mostly waits for the next launch.
Only kernels that repeat themselves to the bit are used.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from .network import Array, Device
from .torch import Torch


class TorchCuda(Torch):
    """Torch's EmbeddingBag on the current CUDA device."""

    device = "cuda"

    @classmethod
    def unavailable(cls) -> str | None:
        missing = super().unavailable()
        # Without looking for it, since importing torch takes seconds.
        if not missing and sys.platform == "linux" and not any(Path("/dev").glob("nvidia[0-9]*")):
            missing = "needs an NVIDIA GPU, and /dev has none"
        if missing:
            return missing
        import torch

        if not torch.cuda.is_available():
            return "needs a torch built for CUDA, and an NVIDIA GPU with its driver"
        return None

    @classmethod
    def about_device(cls) -> Device:
        import torch

        name = torch.cuda.get_device_name()
        free, _ = torch.cuda.mem_get_info()
        return Device(f"{name}, torch {torch.__version__}, CUDA {torch.version.cuda}", free)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # cuBLAS reads it when it is first used.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        import torch

        torch.use_deterministic_algorithms(True)
        super().__init__(*args, **kwargs)

    def _together(self, outputs: list[Any]) -> Array:
        # Brought from the device once, because each time it is waited for.
        return super()._together([self._torch.cat(outputs).cpu()] if outputs else [])

    def synchronize(self) -> None:
        self._torch.cuda.synchronize()
