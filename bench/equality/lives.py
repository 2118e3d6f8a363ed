"""What may happen to a network between its first weights and its last output.

Each life is lived once more by a network whose steps have been judged already. Whatever happens in
it, its pass must have the very bits of that one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from ...impls.network import Array, Network
from ...impls.reviews import Reviews
from ..networks.guard import Weights, blame, checked_outputs, prepared_by, renew, trained
from ..networks.scenario import Scenario
from ..networks.strided import strided
from ..outcomes import Incorrect, Uncertified
from .certificate import Trial
from .watch import Watch
from .whole_pass import digest

FEW = 20
# Parts that are prepared ahead, and instances in turn: more than a ring of eight holds.
AHEAD, CROWD = 12, 9
# One, more than are judged elsewhere, and more than any buffer that was sized by those.
PREDICTIONS = (1, 201, 5_000)
# More often than a byte can count, where that takes no time: so many numbers of weights.
OFTEN, SMALL = 260, 1_000
# Longer ones are cut at fewer places.
CUT_EVERYWHERE = 100


def plain(trial: Trial) -> None:
    """Predict and train; outputs and weights must have the dtype of the scenario."""
    network = trial.build()
    prepared = prepared_by(network, trial.reviews)
    with blame("predict"):
        predicted = network.predict(prepared)
    found = {
        "output of predict": checked_outputs(predicted, len(trial.reviews), "predict"),
        "output of train": trained(network, prepared, len(trial.reviews)),
    }
    with blame("reading the weights"):
        found["weights_0_1"] = np.asarray(network.weights_0_1)
        found["weights_1_2"] = np.asarray(network.weights_1_2)
    for figure, array in found.items():
        if array.dtype != trial.scenario.dtype:
            raise Incorrect(f"{figure} is {array.dtype}, expected {trial.scenario.dtype}")


def resets(trial: Trial) -> None:
    """Reset five times, to other weights and back; each pass must be as if it were the first."""
    network, other = trial.build(), _other(trial)
    rows = other[0]
    # These have the first row of those before them.
    third = np.concatenate([rows[:1], np.roll(rows[1:], 1, axis=0)]), other[1]
    given = [other, other, other, third, trial.weights]
    prepared = prepared_by(network, trial.reviews)
    few = trial.reviews[:FEW]
    form = prepared_by(network, few)
    for number, weights in enumerate(given, 1):
        where = f"after reset {number}"
        with blame("reset"):
            network = renew(network, trial.scenario, *weights)
        name = _named_after(trial, where)
        watch = Watch(network, trial.reviews, trial.scenario, weights, name)
        watch.judge_predictions(few, form)
        outputs = trained(network, prepared, len(trial.reviews), where)
        if number < len(given):  # what marks rows to be reset may be lost by either
            with blame("predict" if number % 2 else "reading the weights"):
                _ = network.predict(form) if number % 2 else network.weights_0_1
    _same(trial, network, outputs, where)
    if trial.weights[0].size <= SMALL:
        _reset_often(trial, network)


def _reset_often(trial: Trial, network: Network) -> None:
    few = trial.reviews[: 3 * trial.scenario.batch_size]
    prepared, expected = prepared_by(network, few), trial.outputs[: len(few)]
    for number in range(1, OFTEN + 1):
        with blame("reset"):
            network = renew(network, trial.scenario, *trial.weights)
        where = f"after reset {number} with a short pass between"
        outputs = trained(network, prepared, len(few), where)
        if not np.array_equal(outputs, expected):
            both = np.concatenate([outputs, trial.outputs[len(few) :]])
            trial.name_fault(both, where=f"{where}, ")
            raise Uncertified(f"{where}, a pass gave other bits than before")


def instances(trial: Trial) -> None:
    """Train two instances in turn, of other weights, rate and batches; neither may notice."""
    _crowd(trial)
    size = trial.scenario.batch_size
    other = _another(trial, size + 1 if size > 1 else 1)
    _in_turn(trial, other, "in turn with another instance")


def _crowd(trial: Trial) -> None:
    """Train more instances in turn than a table of a few places holds, where they are small."""
    if trial.weights[0].size > SMALL:
        return
    networks = [trial.build() for _ in range(CROWD)]
    outputs: list[list[Array]] = [[] for _ in networks]
    for part in _parts(trial, 2):
        for own, network in zip(outputs, networks, strict=True):
            own.append(trained(network, prepared_by(network, part), len(part)))
    for number, (network, own) in enumerate(zip(networks, outputs, strict=True), 1):
        where = f"in turn with others, as instance {number} of {CROWD}"
        _same(trial, network, np.concatenate(own), where)


def sizes(trial: Trial) -> None:
    """Train in turn with an instance of more words and hidden units, and of another dtype."""
    reviews = trial.reviews
    wider = Reviews.trusted(  # which has the words that only the other one knows
        reviews.indptr,
        reviews.indices + np.int32(3),
        reviews.counts,
        reviews.labels,
        reviews.vocabulary_size + 3,
    )
    dtype = next(iter({*trial.network.dtypes} - {trial.scenario.dtype}), trial.scenario.dtype)
    scenario = replace(trial.scenario, hidden=trial.scenario.hidden + 2, dtype=dtype)
    with np.errstate(over="ignore"):
        weights = _wider(trial, scenario)
    other = Trial(trial.network, wider, scenario, weights, name=trial.name)
    _in_turn(trial, other, "in turn with a larger instance")


def ahead(trial: Trial) -> None:
    """Prepare all of many parts of the reviews first, and train on them then."""
    network = trial.build()
    prepared = [(part, prepared_by(network, part)) for part in _parts(trial, AHEAD)]
    where = "on parts that were prepared ahead"
    outputs = [trained(network, form, len(part), where) for part, form in prepared]
    _same(trial, network, np.concatenate(outputs), where)


def form(trial: Trial) -> None:
    """Train on what another instance has prepared, of other weights and rate, and trained on."""
    other = _another(trial, trial.scenario.batch_size).build()
    prepared = prepared_by(other, trial.reviews)
    where = "on reviews that another instance prepared"
    trained(other, prepared, len(trial.reviews), where)
    network = trial.build()
    _same(trial, network, trained(network, prepared, len(trial.reviews), where), where)


def predictions(trial: Trial) -> None:
    """Predict one, 201 and 5,000 reviews before, between and after training."""
    network = trial.build()
    watch = Watch(network, trial.reviews, trial.scenario, trial.weights, trial.name)
    parts = [_so_many(trial.reviews, size) for size in PREDICTIONS]
    forms = [prepared_by(network, part) for part in parts]
    for start, stop in [*_bounds(trial, 3), (0, 0)]:
        for part, form in zip(parts, forms, strict=True):
            watch.judge_predictions(part, form)
        if stop:
            watch.call(start, stop, judged=False)
    with blame("predict on no reviews"):
        nothing = network.predict(network.prepare(trial.reviews[:0]))
    checked_outputs(nothing, 0, "predict on no reviews")
    _same(trial, network, np.concatenate(watch.outputs), "with predictions between")
    # A review that was just predicted is trained on twice.
    last = trial.reviews[-1:]
    networks = trial.build(), trial.build()
    with blame("predict"):
        networks[0].predict(networks[0].prepare(last))
    digests = [
        digest(one, trained(one, prepared_by(one, last), 1)) for _ in range(2) for one in networks
    ]
    if digests[::2] != digests[1::2]:
        raise Incorrect("a review that was predicted before is trained on otherwise")


def slices(trial: Trial) -> None:
    """Train in slices of each length, of none too."""
    network, size = trial.build(), trial.scenario.batch_size
    steps = -(-len(trial.reviews) // size)
    every = range(1, steps + 1) if steps < CUT_EVERYWHERE else (steps // 7, steps // 2 + 1)
    for length in every:
        with blame("reset"):
            network = renew(network, trial.scenario, *trial.weights)
        where = f"after a reset, in slices of {length * size} reviews"
        outputs = []
        # Not before each, or else a count of calls may come round just there.
        if length % 3 == 0 or length == len(every):
            none = trial.reviews[:0]
            outputs = [trained(network, prepared_by(network, none), 0, "on no reviews")]
        for start in range(0, len(trial.reviews), length * size):
            part = trial.reviews[start : start + length * size]
            outputs.append(trained(network, prepared_by(network, part), len(part), where))
        if not np.array_equal(np.concatenate(outputs), trial.outputs):
            break
    _same(trial, network, np.concatenate(outputs), where)
    if size > 1:
        _short_batches(trial)


def _short_batches(trial: Trial) -> None:
    """Train in calls that end with a batch of one review, and in a call for each batch."""
    size = trial.scenario.batch_size
    whole, batches = trial.build(), trial.build()
    found, right = [], []
    for start in range(0, len(trial.reviews), size + 1):
        part = trial.reviews[start : start + size + 1]
        found.append(trained(whole, prepared_by(whole, part), len(part)))
        for batch in (part[:size], part[size:]):
            right.append(trained(batches, prepared_by(batches, batch), len(batch)))
    if digest(whole, np.concatenate(found)) != digest(batches, np.concatenate(right)):
        raise Incorrect(
            f"calls of {size + 1} reviews give other bits than calls of {size} and 1: each call "
            "begins a batch"
        )


def reads(trial: Trial) -> None:
    """Read all weights between slices; predict before that and after it."""
    network, outputs = trial.build(), []
    where = "with all weights read between slices"
    few = prepared_by(network, trial.reviews[:FEW])
    for part in _parts(trial, 5):
        outputs.append(trained(network, prepared_by(network, part), len(part), where))
        with blame("predict"):
            before = np.array(network.predict(few))
        with blame("reading the weights"):
            _ = network.weights_1_2, network.weights_0_1, network.rows(part.indices[:1])
        with blame("predict"):
            after = np.array(network.predict(few))
        if not np.array_equal(before, after, equal_nan=True):
            raise Incorrect("predict gives other outputs after the weights were read than before")
    _same(trial, network, np.concatenate(outputs), where)


def not_contiguous(trial: Trial) -> None:
    """Train on reviews whose numbers don't lie side by side in memory."""
    network, reviews = trial.build(), strided(trial.reviews)
    where = "on reviews that aren't contiguous"
    outputs = trained(network, prepared_by(network, reviews), len(reviews), where)
    _same(trial, network, outputs, where)


LIVES: dict[str, Callable[[Trial], None]] = {
    "plain": plain,
    "resets": resets,
    "instances": instances,
    "sizes": sizes,
    "ahead": ahead,
    "form": form,
    "predictions": predictions,
    "slices": slices,
    "reads": reads,
    "strided": not_contiguous,
}


def _in_turn(trial: Trial, other: Trial, where: str) -> None:
    alone = other.build()
    expected = digest(alone, trained(alone, prepared_by(alone, other.reviews), len(other.reviews)))
    for later in (trial, other):  # the one that is built last
        both = {one: one.build() for one in ((other, trial) if later is trial else (trial, other))}
        outputs: dict[Trial, list[Array]] = {trial: [], other: []}
        # Other sizes of batches may leave one of them with fewer parts.
        for parts in zip_longest(_parts(trial, 4), _parts(other, 4)):
            for one, part in zip((trial, other), parts, strict=True):
                if part is None:
                    continue
                # The other one has just predicted what this one begins with.
                else_ = other if one is trial else trial
                first = (parts[1 if one is trial else 0] or else_.reviews)[:1]
                with blame("predict"):
                    both[else_].predict(both[else_].prepare(first))
                form = prepared_by(both[one], part)
                outputs[one].append(trained(both[one], form, len(part), where))
        _same(trial, both[trial], np.concatenate(outputs[trial]), where)
        if digest(both[other], np.concatenate(outputs[other])) != expected:
            raise Incorrect(f"{where}, the other one gave other bits than alone")


def _same(trial: Trial, network: Network, outputs: Array, where: str) -> None:
    """Refuse a pass that isn't the judged one, bit for bit."""
    trial.refuse_changed(network)
    if digest(network, outputs) == trial.digest:
        return
    trial.name_fault(outputs, where=f"{where}, ")
    raise Uncertified(f"{where}, a pass gave other bits than before")


def _named_after(trial: Trial, where: str) -> Callable[[int], str]:
    return lambda number: f"{trial.name(number)} {where}"


def _other(trial: Trial) -> Weights:
    """Return other weights of the same kind."""
    scenario = trial.scenario
    state = scenario.layout.apart(*trial.weights)
    return scenario.side_by_side(
        {name: np.ascontiguousarray(array[::-1]) for name, array in state.items()}
    )


def _wider(trial: Trial, scenario: Scenario) -> Weights:
    """Return weights of three more words, and of two more hidden units as this scenario has."""
    layout = trial.scenario.layout
    state = layout.apart(*trial.weights)
    for name, _, units in layout.by_word:
        state[name] = np.pad(state[name], ((0, 3), (0, 2 * units)), mode="edge")
    for name, _, units in layout.others:
        state[name] = np.pad(state[name], (0, 2 * units), mode="edge")
    return scenario.side_by_side(state)


def _another(trial: Trial, batch_size: int) -> Trial:
    """Return a trial of another instance on the same reviews."""
    rate = trial.scenario.learning_rate * 3
    scenario = replace(trial.scenario, learning_rate=rate, batch_size=batch_size)
    weights = _other(trial)
    return Trial(trial.network, trial.reviews, scenario, weights, name=trial.name)


def _bounds(trial: Trial, parts: int) -> Iterator[tuple[int, int]]:
    """Cut the steps into a few parts, and yield the first review of each and that after it."""
    size, reviews = trial.scenario.batch_size, len(trial.reviews)
    length = math.ceil(math.ceil(reviews / size) / parts) * size
    for start in range(0, reviews, length):
        yield start, min(start + length, reviews)


def _parts(trial: Trial, parts: int) -> Iterator[Reviews]:
    for start, stop in _bounds(trial, parts):
        yield trial.reviews[start:stop]


def _so_many(reviews: Reviews, size: int) -> Reviews:
    """Return the first reviews, again and again where there are too few."""
    part = reviews[:size]
    lengths = np.resize(np.diff(part.indptr), size)
    again = np.concatenate([np.arange(len(part.indices))] * (size // len(part) + 1))
    taken = again[: int(lengths.sum())]
    return Reviews.trusted(
        np.concatenate([[0], np.cumsum(lengths)]),
        part.indices[taken],
        None if part.counts is None else part.counts[taken],
        np.resize(part.labels, size),
        part.vocabulary_size,
    )
