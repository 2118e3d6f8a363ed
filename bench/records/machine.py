"""The machine that a figure was measured on, as the columns that every record carries."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import scipy
from threadpoolctl import threadpool_info


def machine() -> dict[str, str | int]:
    """The columns cpu, cores, os, python, numpy, scipy, blas, git_revision and numba."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": _blas(),
        "git_revision": _git_revision(),
        "numba": _version("numba"),
    }


def _version(package: str) -> str:
    """Empty where it isn't installed; without importing it, which takes time."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _blas() -> str:
    found = {
        f"{pool['internal_api']} {pool['version']}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    }
    return ", ".join(sorted(found))


def _git_revision() -> str:
    """The revision that the user stands in, marked where files differ from it; empty outside."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        # Without locks, or it would write into .git to remember what it has seen.
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=10, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


FINGERPRINT = ("cpu", "python", "numpy", "scipy", "blas", "numba")
