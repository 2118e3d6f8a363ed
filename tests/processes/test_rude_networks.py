"""Networks that end their process, or raise what Ctrl-C and sys.exit raise: failed, and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from skipzeros.bench.cli import cli

HOOK = """

class {name}(OnlineNetwork):
    def sum_rows(self, words, counts):
        {line}

    def update_rows(self, words, counts, step):
        pass
"""
RUDE = {
    "SaysGoodbye": ("os._exit(0)", "its process ended"),
    "Raises": ('raise KeyError("weights")', "raised KeyError: 'weights' (rude.py:"),
    "Interrupts": ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "Exits": ("sys.exit(3)", "raised SystemExit: 3"),
}
COMMANDS = {
    "check": ("check", "--reviews", "20", "--quick"),
    "accuracy": ("accuracy", "--reviews", "20", "--input", "presence", "--learning-rate", "0.1"),
    "waste": ("waste", "--reviews", "20", "--rounds", "1"),
    "run": ("run", "--reviews", "20", "--rounds", "6", "--baseline", "csr"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", RUDE)
def test_it_is_failed_with_its_reason(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "import os\nimport sys\n\nfrom skipzeros import OnlineNetwork\n"
    Path("rude.py").write_text(source + HOOK.format(name=name, line=RUDE[name][0]))
    result = CliRunner().invoke(cli, [*COMMANDS[command], "--network", f"rude.py:{name}"])
    assert result.exit_code == 6, result.output
    told = " ".join(result.output.split())
    assert "failed" in told
    assert RUDE[name][1] in told
    assert "Traceback" not in told


def test_a_script_that_ends_when_it_is_imported_is_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("script.py").write_text("import sys\nsys.exit()\n")
    command = ["check", "--network", "script.py:Mine", "--reviews", "20"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 6, result.output
    assert "importing it raised SystemExit" in " ".join(result.output.split())
