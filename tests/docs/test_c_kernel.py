"""The example in C is certified, by the command of its README."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli

FOLDER = Path(__file__).parents[2] / "examples" / "c_kernel"


@pytest.mark.skipif(shutil.which(os.environ.get("CC", "cc")) is None, reason="no C compiler here")
def test_the_kernel_in_c_is_the_same_network() -> None:
    network = f"{FOLDER / 'hand_tuned.py'}:HandTuned"
    for hidden in ("10", "16"):
        command = ["check", "--network", network, "--reviews", "300", "--hidden", hidden]
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, result.output
        assert "certified" in result.output
