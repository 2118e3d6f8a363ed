"""The examples of compiled code are built and certified, by the commands of their READMEs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli

EXAMPLES = Path(__file__).parents[2] / "examples"
needs_a_compiler = pytest.mark.skipif(
    shutil.which(os.environ.get("CC", "cc")) is None, reason="no C compiler here"
)


def checked(network: str, *arguments: str) -> Result:
    command = ["check", "--network", network, "--reviews", "300", *arguments]
    return CliRunner().invoke(cli, command)


@needs_a_compiler
def test_the_kernel_in_c_is_the_same_network() -> None:
    network = f"{EXAMPLES / 'c_kernel' / 'hand_tuned.py'}:HandTuned"
    for arguments in (
        "--hidden 10",
        "--quick --hidden 16 --dtype float32",
        "--quick --hidden 70 --batch-size 16",
        "--quick --input counts --learning-rate 0.001 --batch-size 16 --dtype float32",
    ):
        result = checked(network, *arguments.split())
        assert result.exit_code == 0, result.output
        assert "certified" in result.output


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is missing: pip install numba")
def test_the_plain_loops_are_the_same_network() -> None:
    for network in (
        f"{EXAMPLES / 'numba_loops' / 'plain_loops.py'}:PlainLoops",
        f"{EXAMPLES / 'padded_rows' / 'padded_rows.py'}:PaddedRows[room=3]",
    ):
        for dtype in ("float64", "float32"):
            result = checked(network, "--quick", "--dtype", dtype)
            assert result.exit_code == 0, result.output
            assert "certified" in result.output


@pytest.mark.skipif(find_spec("jax") is None, reason="jax is missing: pip install jax")
def test_the_network_in_jax_is_the_same_network() -> None:
    network = f"{EXAMPLES / 'jax_network' / 'jax_network.py'}:JaxNetwork"
    for arguments in (
        "",
        "--batch-size 16 --dtype float32",
        "--input counts --learning-rate 0.001",
    ):
        result = checked(network, "--quick", *arguments.split())
        assert result.exit_code == 0, result.output
        assert "certified" in result.output


@needs_a_compiler
@pytest.mark.skipif(find_spec("Cython") is None, reason="Cython is missing: pip install cython")
def test_the_loops_in_cython_are_the_same_network(tmp_path: Path) -> None:
    folder = tmp_path / "cython_kernel"
    shutil.copytree(EXAMPLES / "cython_kernel", folder)
    network = f"{folder / 'cython_network.py'}:CythonRows"
    before = checked(network, "--quick")
    assert "cython_rows.pyx is not built: cythonize -i" in " ".join(before.output.split())
    command = [sys.executable, "-m", "Cython.Build.Cythonize", "-i", "cython_rows.pyx"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    for dtype in ("float64", "float32"):
        result = checked(network, "--quick", "--dtype", dtype)
        assert result.exit_code == 0, result.output
        assert "certified" in result.output
