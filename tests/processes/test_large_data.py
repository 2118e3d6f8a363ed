"""More data than memory: certified and timed by processes that have no room for it.

`SKIPZEROS_NONZEROS=100000000 pytest tests/processes/test_large_data.py -s` takes more, and prints
what it took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pytest
from numpy.lib import format as npy

from skipzeros.bench.corpus.synthetic import VOCABULARY, generate
from skipzeros.impls.compiled import Compiled

NONZEROS = int(os.environ.get("SKIPZEROS_NONZEROS", "5_000_000"))
# Of each process. Without any data the one that is started takes some 200 MB, with its libraries.
LIMIT = 300 << 20
RUN = ("run", "--network", "compiled", "--baseline", "compiled", "--input", "presence",
       "--reviews", "1000000000", "--certify", "1000", "--rounds", "6")  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.clock,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a group"),
    pytest.mark.skipif(Compiled.unavailable() is not None, reason="needs numba"),
]


class Groups:
    """Control groups below our own, one for each process, which may take so much memory in it.

    Args:
        folder: of the group that has all of them below it.
        version: of Linux's control groups.
    """

    def __init__(self, folder: Path, version: int) -> None:
        self.folder = folder
        self._names = (
            ("memory.limit_in_bytes", "memory.max_usage_in_bytes", "rss"),
            ("memory.max", "memory.peak", "anon"),
        )[version - 1]
        self.anonymous = dict[Path, int]()

    def new(self, name: str) -> Path:
        """Make a group; whoever is in it has its process counted from its start."""
        one = self.folder / name
        one.mkdir()
        (one / self._names[0]).write_text(str(LIMIT))
        return one

    def look(self, first: Path) -> None:
        """Give processes that were started since in the first group groups of their own.

        What is measured is what each group holds that is in no file.
        """
        for process in (first / "cgroup.procs").read_text().split()[1:]:
            with suppress(OSError):  # it has ended
                (self.new(process) / "cgroup.procs").write_text(process)
        for one in filter(Path.is_dir, self.folder.iterdir()):
            lines = (one / "memory.stat").read_text().splitlines()
            held = int(dict(line.split() for line in lines)[self._names[2]])
            self.anonymous[one] = max(held, self.anonymous.get(one, 0))

    def peaks(self) -> list[int]:
        """All that was charged to each, with pages of files, which go where room is needed."""
        return [int((one / self._names[1]).read_text()) for one in self.anonymous]

    def killed(self) -> int:
        """How many processes were ended because they had no more room."""
        number = 0
        for one in self.anonymous:
            events = one / "memory.events"
            told = (events if events.exists() else one / "memory.oom_control").read_text()
            number += int(dict(line.split() for line in told.splitlines())["oom_kill"])
        return number


@contextmanager
def groups() -> Iterator[Groups]:
    """Control groups, if they can be made here; skips the test where they can't."""
    found = None
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, name = line.split(":", 2)
        if not controllers or "memory" in controllers.split(","):
            top = Path("/sys/fs/cgroup") / ("memory" if controllers else "")
            own = top / name.strip("/") / f"skipzeros-{os.getpid()}"
            found = Groups(own, 1 if controllers else 2)
            if controllers:
                break
    assert found is not None
    try:
        try:
            found.folder.mkdir()
            control = found.folder / "cgroup.subtree_control"
            if control.exists():
                control.write_text("+memory")
            found.new("first")
        except OSError as error:
            pytest.skip(f"no control group with a limit of memory can be made here: {error}")
        yield found
    finally:
        for one in [*filter(Path.is_dir, found.folder.glob("*")), found.folder]:
            for _ in range(100):  # until the last process of it is gone
                with suppress(OSError):
                    one.rmdir()
                if not one.exists():
                    break
                time.sleep(0.1)


def matrix(folder: Path, nonzeros: int) -> Path:
    """A .npz of at least so many words, written a part at a time, and its labels beside it."""
    lengths, labels, written, start = [np.zeros(1, np.int64)], [], 0, 0
    with (folder / "indices").open("wb") as indices, (folder / "data").open("wb") as data:
        while written < nonzeros:
            part = generate(5_000, start=start)
            assert part.counts is not None
            indices.write(part.indices.data)
            data.write(part.counts.astype(np.uint16).data)
            lengths.append(np.diff(part.indptr))
            labels.append(part.labels)
            written, start = written + len(part.indices), start + len(part)
    whole = {
        "indptr": np.cumsum(np.concatenate(lengths)),
        "shape": np.array([start, VOCABULARY]),
        "format": np.array(b"csr"),
    }
    np.save(folder / "labels.npy", np.concatenate(labels))
    with zipfile.ZipFile(folder / "m.npz", "w") as archive:
        for name, kind in (("indices", "<i4"), ("data", "<u2")):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                about = {"descr": kind, "fortran_order": False, "shape": (written,)}
                npy.write_array_header_1_0(member, about)
                with (folder / name).open("rb") as file:
                    _copy(file, member)
            (folder / name).unlink()
        for name, array in whole.items():
            with archive.open(f"{name}.npy", "w") as member:
                npy.write_array(member, array, allow_pickle=False)
    return folder / "m.npz"


def _copy(file: BinaryIO, to: BinaryIO) -> None:
    while piece := file.read(1 << 20):
        to.write(piece)


def test_it_is_certified_and_timed_in_less_memory_than_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKIPZEROS_CACHE", str(tmp_path / "cache"))
    data, out = matrix(tmp_path, NONZEROS), tmp_path / "out"
    command = [sys.executable, "-m", "skipzeros", *RUN, "--data", str(data),
               "--labels", str(tmp_path / "labels.npy"), "--out", str(out)]  # fmt: skip
    with groups() as limited:
        first = limited.folder / "first"
        join = f'echo $$ > "{first}/cgroup.procs" && exec "$@"'
        begun = time.perf_counter()
        with subprocess.Popen(
            ["sh", "-c", join, "sh", *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:  # fmt: skip
            while process.poll() is None:
                limited.look(first)
                time.sleep(0.005)
            assert process.stdout is not None
            output = process.stdout.read()
        seconds, peaks, killed = time.perf_counter() - begun, limited.peaks(), limited.killed()
    assert process.returncode == 0, output
    assert killed == 0
    assert max(peaks) <= LIMIT
    row = pd.read_csv(out / "summary.csv").iloc[0]
    assert row["status"] == "certified", output
    assert row["nonzeros"] >= NONZEROS * 0.95  # without the reviews to test on
    assert row["reviews_certified"] >= 1000
    held = sorted((size >> 20 for size in limited.anonymous.values()), reverse=True)
    print(
        f"\n{row['nonzeros']:,} words of {row['reviews']:,} reviews in {seconds:.0f} s; a pass "
        f"took {row['median_seconds']:.3f} s; each process held at most {held} MB, with pages of "
        f"files {max(peaks) >> 20} of {LIMIT >> 20} MB"
    )
