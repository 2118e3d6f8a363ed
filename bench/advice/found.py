"""What an advice finds out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..networks.scenario import Scenario
from ..outcomes import Status
from .portrait import Portrait


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to write the network, as it was measured.

    Attributes:
        network: its name in records.
        what: it is, in a few words.
        framework: whose code can be printed; empty for a network that has none to print.
        dense: whether it multiplies by the zeros.
        reviews: on how many it was timed.
        median_seconds: of a pass over those.
        ratio, ratio_low, ratio_high: time of a pass / time of a pass of the one that is advised,
            with its 95 % interval.
        times_limit: time of a pass / time to move its rows.
        memory_bytes: by how much a fresh process grew with it; None where it wasn't measured.
    """

    network: str
    what: str
    framework: str = ""
    dense: bool = False
    status: Status
    reason: str = ""
    reviews: int
    median_seconds: float = math.nan
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    times_limit: float = math.nan
    memory_bytes: float | None = None


@dataclass(frozen=True, kw_only=True)
class VocabularyRow:
    """The same reviews in a vocabulary of another size, with as many words in each.

    Attributes:
        density: which share of layer_0 is not zero then.
        ratio, ratio_low, ratio_high: time of dense / time of the fastest way that skips zeros,
            with its 95 % interval.
    """

    vocabulary_size: int
    density: float
    ratio: float
    ratio_low: float
    ratio_high: float


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """What came of one batch size.

    Attributes:
        ratio, ratio_low, ratio_high: time of a pass / time of a pass in batches of the size that
            was asked for, with its 95 % interval.
        seeds: how many passes accuracies are the mean of; 0 where there are no reviews to test on.
        trained_on: how many reviews each of those has.
        accuracy, accuracy_low, accuracy_high: the share of the test reviews that come out right
            after one pass, the mean over seeds, the least and the most.
        reason: why there are no figures.
    """

    batch_size: int
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    seeds: int = 0
    trained_on: int = 0
    accuracy: float = math.nan
    accuracy_low: float = math.nan
    accuracy_high: float = math.nan
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What was found out, and what is advised.

    Attributes:
        data: the name of the corpus.
        best: the network that is advised; empty where none is certified.
        as_fast: networks of which no difference from it is shown.
        ways: all that were tried.
        torch_ratio, torch_ratio_low, torch_ratio_high: time of torch's EmbeddingBag(sparse=True) /
            time of its Linear, with its 95 % interval.
        vocabularies: tried to find where dense and the fastest sparse way are as fast.
        batches: other batch sizes, of the one that is advised.
        step_seconds: one dense step, tried once and without a certificate.
        sets: how many sets of workers took the rounds in turn.
        left_out: what was not measured, and why, in a sentence each.
        seconds: that all of it took.
    """

    data: str
    portrait: Portrait
    scenario: Scenario
    best: str = ""
    as_fast: list[str] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    torch_ratio: float = math.nan
    torch_ratio_low: float = math.nan
    torch_ratio_high: float = math.nan
    vocabularies: list[VocabularyRow] = field(default_factory=list)
    batches: list[BatchRow] = field(default_factory=list)
    step_seconds: float = math.nan
    sets: int = 1
    left_out: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def way(self, network: str) -> Way | None:
        """Return one way by the name of its network, if it has a speed."""
        return next((way for way in self.certified if way.network == network), None)

    @property
    def certified(self) -> list[Way]:
        """The ways that have a speed, the fastest first."""
        ready = [way for way in self.ways if way.status == Status.CERTIFIED]
        return sorted(ready, key=lambda way: way.ratio)

    @property
    def fastest_sparse(self) -> Way | None:
        """The fastest of those that skip the zeros."""
        return next((way for way in self.certified if not way.dense), None)
