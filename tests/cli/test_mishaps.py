"""Commands on a machine that lacks something: one line, exit code 6, and the records stay."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from skipzeros.bench import cli as command_line
from skipzeros.bench.cli import cli

pytestmark = [
    pytest.mark.usefixtures("one_set"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits"),
]

WRONG = """
from skipzeros.impls.add_reduce import AddReduce

class Wrong(AddReduce):
    def sum_rows(self, words, counts):
        return super().sum_rows(words[1:], counts)
"""
CSR = ("--data", "data", "--network", "csr", "--baseline", "csr", "--out", "out")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/reviews.txt").write_text("".join(f"good film {i}\n" for i in range(40)))
    Path("data/labels.txt").write_text("positive\nnegative\n" * 20)
    Path("mine.py").write_text(WRONG)


def limited(limit: int, name: str = "RLIMIT_FSIZE") -> list[str]:
    """The command line, in a process that may have no more of something."""
    code = (
        f"import resource; from resource import *; hard = getrlimit({name})[1]; "
        f"setrlimit({name}, ({limit}, hard)); from skipzeros.bench.cli import main; main()"
    )
    return [sys.executable, "-c", code]


def test_a_run_that_the_disk_has_no_room_for_keeps_its_rows_and_is_gone_on_with() -> None:
    # The reviews fit into such a file, but not so many rounds.
    command = [*limited(20_000), "run", *CSR, "--rounds", "300", "--quiet"]
    stopped = subprocess.run(command, capture_output=True, text=True)
    assert stopped.returncode == 6, stopped.stderr
    assert stopped.stderr == (
        "Error: out/passes.csv: File too large; raise the limit on the size of a file (ulimit -f). "
        "Finished rounds are kept; --resume goes on.\n"
    )
    before = len(pd.read_csv("out/passes.csv"))
    assert Path("out/passes.csv").read_text().endswith("\n")
    assert 0 < before < 300
    result = CliRunner().invoke(cli, ["run", *CSR, "--rounds", str(before + 1), "--resume"])
    assert result.exit_code == 0, result.output
    assert f"Going on after {before} rounds of" in result.stderr
    assert len(pd.read_csv("out/passes.csv")) == before + 1


def test_too_few_open_files_are_no_fault_of_the_networks() -> None:
    done = subprocess.run(
        [*limited(20, "RLIMIT_NOFILE"), "run", *CSR], capture_output=True, text=True
    )
    assert done.returncode == 6
    assert "Too many open files; raise the limit on open files (ulimit -n)" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "Cannot allocate memory; end other programs"),
        (OSError(errno.EAGAIN, "", None), "Resource temporarily unavailable; end other processes"),
        (BrokenPipeError(errno.EPIPE, ""), "Broken pipe; run it again"),
    ],
)
def test_a_mishap_is_one_line_and_exit_6(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skipzeros.bench.show.networks.find", Mock(side_effect=error))
    result = CliRunner().invoke(cli, ["list"])
    assert result.exit_code == 6
    assert result.stderr.startswith(f"Error: {told}")
    assert len(result.stderr.splitlines()) == 1
    assert "--resume" not in result.stderr


def test_a_thread_that_cannot_be_started_is_no_ctrl_c(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "main", Mock(side_effect=click.Abort))
    assert command_line._code() == 130
    assert capsys.readouterr().err.startswith("Interrupted.")
    refused = Mock(side_effect=RuntimeError("can't start new thread"))
    monkeypatch.setattr(command_line.threading, "Thread", refused)
    assert command_line._code() == 6
    assert "raise the limit on processes and threads (ulimit -u)" in capsys.readouterr().err


def ended(command: str) -> subprocess.CompletedProcess[str]:
    """What a shell says of a command; skipzeros stands for itself."""
    program = f"{sys.executable} -m skipzeros"
    return subprocess.run(
        ["bash", "-c", command.replace("skipzeros", program)], capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("skipzeros demo", 0),
        ("skipzeros --help", 0),
        ("skipzeros data data", 0),
        ("skipzeros check --data data --network mine.py:Wrong --quick", 3),
    ],
)
def test_a_pipe_that_closes_changes_no_exit_code(command: str, code: int) -> None:
    done = ended(f"{command} 2>&1 | true; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_output_that_has_no_room_is_told_and_exits_6() -> None:
    done = ended("skipzeros demo >/dev/full")
    assert done.returncode == 6
    assert done.stderr == (
        "Error: standard output can't be written (No space left on device); make room, or send it "
        "elsewhere.\n"
    )
    assert ended("skipzeros demo 2>/dev/full").returncode == 0


def test_streams_that_are_closed_are_no_error() -> None:
    assert ended("skipzeros demo <&- >&- 2>&-").returncode == 0
    assert ended("skipzeros run --network dens 2>&-").returncode == 2


def test_no_file_gets_the_number_of_a_closed_stream() -> None:
    code = "import os; from skipzeros.bench.cli.streams import endure; endure(); "
    code += "file = os.open('mine.py', os.O_RDONLY); os._exit(file)"
    done = subprocess.run(["bash", "-c", f'{sys.executable} -c "{code}" 2>&-'])
    assert done.returncode > 2


def test_a_text_that_the_terminal_has_no_letters_for_is_no_error() -> None:
    Path("data").rename("größe")
    done = ended("PYTHONIOENCODING=ascii skipzeros data größe")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"gr\xf6\xdfe" in done.stdout


def test_the_end_of_its_cpu_time_is_told_before_it_comes() -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (2, 2)); "
    code += "from skipzeros.bench.cli import signals as s; s.listen()\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode != -signal.SIGKILL
    last = done.stderr.splitlines()[-1]
    assert last.endswith(
        "OutOfTime: the limit of CPU time is reached; raise it (ulimit -t), or ask for less"
    )


def test_data_in_a_folder_whose_name_is_no_text() -> None:
    odd = os.fsdecode(b"odd caf\xe9 \"q' [x]")
    Path(odd).mkdir()
    Path("data").rename(f"{odd}/data")
    Path(odd, "mine.py").write_text(WRONG.replace("words[1:]", "words"))
    own = ["--data", f"{odd}/data", "--network", f"{odd}/mine.py:Wrong", "--baseline", "csr"]
    environment = {**os.environ, "TMPDIR": os.path.abspath(odd)}
    done = subprocess.run(
        [sys.executable, "-m", "skipzeros", "run", *own, "--rounds", "6", "--out", f"{odd}/out"],
        capture_output=True, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(Path(odd, "out", "passes.csv"))) == 12


def test_the_name_of_data_that_is_no_text_is_written_and_gone_on_with() -> None:
    odd = os.fsdecode(b"caf\xe9")
    Path("data").rename(odd)
    own = ["--data", odd, "--network", "csr", "--baseline", "csr", "--out", "out"]
    for more in (["--rounds", "6"], ["--rounds", "7", "--resume"]):
        result = CliRunner().invoke(cli, ["run", *own, *more])
        assert result.exit_code == 0, result.output
        Path("out/summary.csv").unlink()
    assert "Going on after 6 rounds" in result.stderr
    assert set(pd.read_csv("out/passes.csv")["data"]) == {"caf\ufffd"}
