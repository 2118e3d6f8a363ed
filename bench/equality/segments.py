"""A certificate in segments: several processes judge the steps of one pass.

One network makes the whole pass, in the very calls whose steps are judged, and leaves a checkpoint,
its weights, where each segment begins. Elsewhere another one is built from a checkpoint and judged
as ever, and it must end with the bits of the next checkpoint. So the steps that were judged are
those of the pass, and the pass in one call must repeat its bits as always.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Weights, blame, checked_outputs
from ..networks.scenario import Scenario
from ..outcomes import Failed, Incorrect, Uncertified
from .certificate import Trial, cut
from .judge import Tally
from .watch import CALLS_BETWEEN_COMPARISONS, Watch
from .whole_pass import fingerprint

# Of each who judges: with more, the last of them ends sooner after the others; each costs a start.
SEGMENTS_EACH = 4
NO_WORDS = np.zeros(0, np.int32)
Call = tuple[int, int, bool]  # start, stop, judged


class Segment(NamedTuple):
    """Some calls of a pass, one after the other."""

    number: int
    calls: Sequence[Call]

    @property
    def start(self) -> int:
        """The number of its first review."""
        return self.calls[0][0]

    @property
    def stop(self) -> int:
        """The number of the review after its last one."""
        return self.calls[-1][1]


@dataclass(frozen=True)
class Answer:
    """What came of a segment.

    Attributes:
        digest: of its outputs and the weights at its end.
        incorrect, failed: the reason; empty if it is neither.
        elsewhere: what the machine that judged it has otherwise than the one that made the pass;
            empty if nothing that the bits of a sum depend on.
    """

    tally: Tally = field(default_factory=Tally)
    digest: str = ""
    incorrect: str = ""
    failed: str = ""
    elsewhere: str = ""


class Judges(Protocol):
    """Processes that judge segments.

    Attributes:
        at_once: how many of them there are.
    """

    at_once: int

    def begin(self, segment: Segment, weights: Weights) -> None:
        """Have a segment judged that begins with these weights; it doesn't wait for that."""

    def answer(self, segment: Segment) -> Answer:
        """Wait for what came of a segment that was begun."""

    def stop(self) -> None:
        """End the processes, whatever they are doing."""


def most_segments(steps: int) -> int:
    """Return how many segments a pass of so many steps can have."""
    return max(1, -(-steps // CALLS_BETWEEN_COMPARISONS))


def segments_of(calls: Sequence[Call], judges: int) -> list[Segment]:
    """Cut the calls of a pass into segments, a few for each who judges.

    They meet where all rows are compared in one piece too, so that the same is found there.
    """
    most = most_segments(len(calls))
    number = min(most, SEGMENTS_EACH * judges)
    borders = [most * place // number * CALLS_BETWEEN_COMPARISONS for place in range(number + 1)]
    return [Segment(place, calls[a:b]) for place, (a, b) in enumerate(pairwise(borders))]


def judged(
    network: type[Network],
    reviews: Reviews,
    scenario: Scenario,
    weights: Weights,
    segment: Segment,
    name: Callable[[int], str] = lambda i: f"review {i}",
) -> Answer:
    """Judge a segment; this is what those who judge do.

    Args:
        reviews: of the segment alone.
        weights: those that it begins with.
    """
    first = segment.start
    try:
        trial = Trial(network, reviews, scenario, weights, name=lambda i: name(first + i))
        trial.watch(trial.build(), [(a - first, b - first, each) for a, b, each in segment.calls])
    except Incorrect as fault:
        return Answer(incorrect=str(fault))
    except Failed as failure:
        return Answer(failed=str(failure))
    return Answer(trial.tally, trial.digest)


def in_segments(judges: Judges, trial: Trial, chosen: NDArray[np.bool_] | None) -> None:
    """Have the chosen steps of a pass judged in segments; it takes the place of Trial.watched.

    Raises:
        Incorrect, Failed, Uncertified: the network is not certified; the message says why.
    """
    calls = list(cut(len(trial.reviews), trial.scenario.batch_size, chosen))
    segments = segments_of(calls, judges.at_once)
    trial.segments = len(segments)
    network = trial.build()
    outputs, ends, weights = _pass(network, trial, segments, judges)
    tally, doubt = Tally(), ""
    # In their order, so that the first fault is told, whoever comes to an end first.
    for segment, end in zip(segments, [*ends, ""], strict=False):
        answer = judges.answer(segment)
        if why := _wrong(answer, end):
            with suppress(Failed) if answer.incorrect else nullcontext():
                _in_one_piece(trial, calls, segment.start, tally, why)
            if answer.incorrect:  # a step that was seen wrong is wrong, if only once
                raise Incorrect(answer.incorrect)
            break
        if answer.digest != end:
            doubt = doubt or (
                f"checkpoints are another machine's: reviews {segment.start} to "
                f"{segment.stop - 1}, judged where there is {answer.elsewhere}, end in other bits "
                "than in the pass; let machines of one kind judge"
            )
        tally = tally.plus(answer.tally)
        trial.progress(segment.stop - segment.start)
    else:
        trial.take(network, tally, np.concatenate(outputs))
        watch = Watch(network, trial.reviews, trial.scenario, weights, trial.name)
        watch.judge_predictions()
    if doubt:
        raise Uncertified(doubt)


def _wrong(answer: Answer, end: str) -> str:
    """Say what is wrong with an answer; empty if its bits are those of the pass, or another's.

    Args:
        end: what the digest is to be; empty if the pass broke off within the segment.
    """
    if not (end and answer.digest):
        return answer.incorrect or answer.failed or "the pass broke off after that"
    if answer.digest == end or answer.elsewhere:
        return ""
    return "built anew from its weights there, it goes on with other bits"


def _pass(
    network: Network, trial: Trial, segments: Sequence[Segment], judges: Judges
) -> tuple[list[Array], list[str], Weights]:
    """Make the pass, and have each segment judged as soon as its checkpoint is there.

    Returns:
        The outputs and the digest of each segment, and the weights after them. Where the pass
        breaks off, that segment has been begun, and whoever judges it tells why.
    """
    outputs, ends, weights = [], [], trial.weights
    with suppress(Incorrect, Failed):
        for segment in segments:
            judges.begin(segment, weights)
            outputs.append(_trained(network, trial, segment))
            with blame("reading the weights"):
                weights = np.array(network.weights_0_1), np.array(network.weights_1_2)
            ends.append(fingerprint(outputs[-1], *weights))
    return outputs, ends, weights


def _trained(network: Network, trial: Trial, segment: Segment) -> Array:
    """Train a network in the calls of a segment, read nothing of it, and return its outputs."""

    parts = (trial.reviews[start:stop] for start, stop, _ in segment.calls)
    where = "the pass"
    elsewhere = getattr(network, "observe_each", None)
    with blame(where):
        if elsewhere is None:
            found = [
                checked_outputs(network.train(network.prepare(part)), len(part), where)
                for part in parts
            ]
        else:
            seen = elsewhere((part, NO_WORDS) for part in parts)
            found = [
                checked_outputs(one.outputs, stop - start, where)
                for one, (start, stop, _) in zip(seen, segment.calls, strict=True)
            ]
    return np.concatenate(found)


def _in_one_piece(trial: Trial, calls: Sequence[Call], since: int, tally: Tally, why: str) -> None:
    """Judge the steps from a review on as ever: one network makes all calls from the first on.

    A network that is built anew has not made the calls before. What it keeps of them beside its
    weights, or counts, is lost: it may be wrong and look right, or right and look wrong. And who
    was to judge may have been killed. Only one network that makes all of the calls can tell.

    Args:
        since: up to this review all steps have been judged, and are those of the pass.
        tally: the count of those.
        why: what came of the segment that begins there.
    """
    trial.again = f"{trial.name(since)}: {why}"
    some = [(start, stop, each and start >= since) for start, stop, each in calls]
    watch = trial.watch(trial.build(), some)
    trial.tally = tally.plus(watch.tally)
    watch.judge_predictions()
