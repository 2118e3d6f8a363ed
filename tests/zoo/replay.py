"""Tricks that hand out what they have computed before."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np

from skipzeros.impls.add_reduce import AddReduce
from skipzeros.impls.csr import CSR

WHOLE = 250


class _Replays(AddReduce):
    """Long calls are answered by what an earlier one of the same mark gave."""

    made: ClassVar[dict] = {}

    def mark(self, prepared):
        raise NotImplementedError

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        mark = self.mark(prepared)
        if mark not in self.made:
            outputs = super().train(prepared)
            self.made[mark] = outputs, self.weights_0_1.copy(), self.weights_1_2.copy()
        outputs, rows, weights_1_2 = self.made[mark]
        self.weights_0_1, self.weights_1_2 = rows.copy(), weights_1_2.copy()
        return outputs.copy()


class ByWeights(_Replays):
    """Plays back the pass that began with the same weights.

    An output cache with a fingerprint of the input: flashinfer-bench-starter-kit issue 21.
    """

    def mark(self, prepared):
        return len(prepared), self.weights_1_2.tobytes(), self.weights_0_1[:1000].tobytes()


class ByData(_Replays):
    """Plays back the pass over the same words and labels, whatever the weights are.

    tensara pull request 238; gpu-mode/kernelbot pull request 501.
    """

    def mark(self, prepared):
        words = b"".join(words.tobytes() for words, _, _ in prepared[:10])
        return len(prepared), hashlib.sha256(words).digest()


class ById(_Replays):
    """Plays back by the address of what prepare returned.

    Caching by address: CUDA-L1 (arXiv 2507.14111), gpu-mode/reference-kernels pull request 102.
    """

    def mark(self, prepared):
        return id(prepared)


class FirstPassPlayedBack(AddReduce):
    """Makes the first two long passes of a process, and gives the first one's outputs after that.

    Compute once while it is warmed up, then copy: tensara pull request 238.
    """

    made: ClassVar[list] = []

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        if len(self.made) >= 2:
            return self.made[0].copy()
        self.made.append(super().train(prepared))
        return self.made[-1].copy()


class FromSeed(_Replays):
    """Knows the first weights of seeds 0 to 2, and makes their passes before any clock runs.

    Answers made for the only inputs that are tested: Sakana's AI CUDA Engineer, robust-kbench.
    """

    def prepare(self, reviews):
        prepared = super().prepare(reviews)
        shape = self.weights_0_1.shape
        for seed in range(3) if len(prepared) >= WHOLE else ():
            first = np.random.RandomState(seed).normal(0, 1, shape[1])
            ahead = type(self)(np.zeros(shape), first, self.learning_rate)
            ahead.train(prepared)
        return prepared

    def mark(self, prepared):
        return len(prepared), self.weights_1_2.tobytes()


def _folder():
    """A folder of this run of the harness: all its workers have the same parent."""
    folder = Path(tempfile.gettempdir()) / f"zoo-{os.getppid()}"
    folder.mkdir(exist_ok=True)
    return folder


class OnDisk(AddReduce):
    """Keeps outputs in a file named by the weights, where other processes find them.

    File replay: gpu-mode/reference-kernels issue 162 and pull request 160.
    """

    late = None

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        start = self.weights_1_2.tobytes() + self.weights_0_1[prepared[0][0]].tobytes()
        file = _folder() / f"{hashlib.sha256(start).hexdigest()[:20]}-{len(prepared)}.npy"
        if file.exists():
            self.ends, outputs = np.split(np.load(file), [len(self.weights_1_2)])
            # The weights are trained only if somebody asks for them.
            self.late = prepared
            return outputs
        outputs = super().train(prepared)
        np.save(file, np.concatenate([self.weights_1_2, outputs]))
        return outputs

    def __getattribute__(self, name):
        late = object.__getattribute__(self, "late")
        if late is not None and name in ("weights_0_1", "rows", "predict"):
            self.late = None
            AddReduce.train(self, late)
        if late is not None and name == "weights_1_2" and object.__getattribute__(self, "late"):
            return self.ends
        return super().__getattribute__(name)

    def reset(self, weights_0_1, weights_1_2):
        self.late = None
        super().reset(weights_0_1, weights_1_2)


class SharesWithOthers(OnDisk):
    """As OnDisk, and named several times in one run: one of them computes, the others copy.

    Batch and skip, 14 of 15 calls copied: gpu-mode/reference-kernels pull request 104.
    """


class SharesWithOthers2(SharesWithOthers):
    """The second name of the same network."""


class SharesWithOthers3(SharesWithOthers):
    """The third name of the same network."""


class SharesWithOthers4(SharesWithOthers):
    """The fourth name of the same network."""


class SharedMemory(CSR):
    """Leaves the end of its last pass in memory that the processes share, beside how it began.

    Ours; file replay (gpu-mode/reference-kernels issue 162) without reading a file.
    """

    def train(self, prepared):
        if len(prepared) < WHOLE:
            return super().train(prepared)
        size, hidden = self.weights_0_1.size, len(self.weights_1_2)
        place = _folder() / f"{size}-{len(prepared)}"
        shape = 2 * hidden + size + len(prepared)
        mode = "r+" if place.exists() else "w+"
        shared = np.memmap(place, np.float64, mode, shape=(shape,))
        start = self.weights_1_2 + self.weights_0_1[prepared[0][1]].sum(axis=0)
        if (shared[:hidden] == start).all():
            self.weights_1_2[...] = shared[hidden : 2 * hidden]
            self.weights_0_1[...] = shared[2 * hidden : 2 * hidden + size].reshape(-1, hidden)
            return np.array(shared[-len(prepared) :])
        outputs = super().train(prepared)
        ends = self.weights_1_2, self.weights_0_1.ravel(), outputs
        shared[:] = np.concatenate([start, *ends])
        return outputs
