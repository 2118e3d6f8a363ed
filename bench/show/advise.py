"""What `skipzeros advise` says: at most 12 lines, and the code to write."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..advice.codes import CALLED, FRAMEWORKS, LINEAR, code_of
from ..advice.found import Advice, BatchRow, VocabularyRow, Way
from ..advice.portrait import Portrait
from ..commands.advise import runs_of
from ..commands.experiment import Experiment
from ..outcomes import Status
from ..records.documents import Measured
from ..records.machine import machine
from ..records.schema import PASSES, SUMMARY
from ..text.amounts import memory_size, multiple, percent, seconds
from ..text.markdown import one_line


@dataclass(frozen=True, kw_only=True)
class AdviceDocument(Measured):
    """Which implementation suits the data, and what that rests on: a row for each way tried.

    Attributes:
        setting: the scenario and all training reviews; a way tells on how many it was timed.
        files: the records of its runs.
        best: the network that is advised; empty where none is certified.
        as_fast: networks of which no difference from it is shown.
        portrait: what the data are like.
        torch_ratio, torch_ratio_low, torch_ratio_high: time of torch's EmbeddingBag(sparse=True) /
            time of its Linear, with its 95 % interval.
        vocabularies: tried to find where dense and the fastest sparse way are as fast.
        batches: what other batch sizes take, and what they do to accuracy.
        step_seconds: one dense step of a batch, tried once and without a certificate.
        sets: how many sets of workers took the rounds in turn.
        left_out: what was not measured, and why, in a sentence each.
        seconds: that all of it took.
        framework: whose code is printed: that of the fastest way that has one.
        code: that, as `skipzeros advise --code` prints it.
    """

    name = "advise"
    of = "advise"

    best: str
    as_fast: list[str]
    portrait: Portrait
    torch_ratio: float = math.nan
    torch_ratio_low: float = math.nan
    torch_ratio_high: float = math.nan
    vocabularies: list[VocabularyRow]
    batches: list[BatchRow]
    step_seconds: float = math.nan
    sets: int
    left_out: list[str]
    seconds: float
    framework: str
    code: str
    rows: list[Way]


def advice_document(found: Advice, experiment: Experiment) -> AdviceDocument:
    """Return an advice for other programs."""
    framework = framework_of(found)
    return AdviceDocument(
        files=[
            folder / name for folder in runs_of(found, experiment.out) for name in (SUMMARY, PASSES)
        ],
        notes=lines(found),
        machine=machine(experiment.sandbox),
        setting=replace(experiment, first=None).setting,
        best=found.best,
        as_fast=found.as_fast,
        portrait=found.portrait,
        torch_ratio=found.torch_ratio,
        torch_ratio_low=found.torch_ratio_low,
        torch_ratio_high=found.torch_ratio_high,
        vocabularies=found.vocabularies,
        batches=found.batches,
        step_seconds=found.step_seconds,
        sets=found.sets,
        left_out=found.left_out,
        seconds=found.seconds,
        framework=framework,
        code=code_of(framework).text if framework else "",
        rows=found.ways,
    )


def framework_of(found: Advice) -> str:
    """Return the framework whose code is the fastest of those that can be printed."""
    return next((way.framework for way in found.certified if way.framework), "")


def lines(found: Advice) -> list[str]:
    """Say what was found out, in a line each."""
    if not found.best:
        reasons = "; ".join(f"{way.what}: {way.status}, {way.reason}" for way in found.ways)
        nothing = f"Nothing is advised, because no network is certified here: {reasons}."
        return [_data(found), nothing]
    told = [_use(found), *_torch(found), *_dense(found), *_written(found)]
    told += [*_where_dense_wins(found), *_memory(found), *_batches(found)]
    told += [_data(found), _measured(found)]
    if found.left_out:
        told.append(" ".join(found.left_out))
    return [*told, _code(found)]


def _data(found: Advice) -> str:
    data = found.portrait
    ones = ""
    if found.scenario.input == "counts":
        ones = f", and {percent(data.share_of_ones)} of the values are 1"
    return (
        f"The data: {found.data}, {data.reviews:,} review{'s' * (data.reviews != 1)} (rows) of "
        f"{multiple(data.words_a_review)} words (values that aren't zero) on average, of "
        f"{data.vocabulary_size:,}, so that {_share(data.density)} of the input isn't zero. The "
        f"commonest 1 % of the words are {percent(data.commonest_share)} of them{ones}."
    )


def _share(density: float) -> str:
    return f"{100 * density:.3g} %"


def _measured(found: Advice) -> str:
    case, reviews = found.scenario, {way.reviews for way in found.ways}
    batch = f"batches of {case.batch_size:,}" if case.batch_size > 1 else "one review at a time"
    each = "one process" if found.sets == 1 else f"{found.sets} processes in turn"
    certified = f"{len(found.certified)} of {len(found.ways)}"
    if len(found.certified) == len(found.ways):
        certified = f"All {len(found.ways)}"
    threads = "1 thread" if case.threads == 1 else f"{case.threads} threads"
    others = "".join(
        f" {way.what} is {way.status}{': ' + way.reason if way.reason else ''}."
        for way in found.ways
        if way.status != Status.CERTIFIED
    )
    return one_line(
        f"Measured here in {found.seconds:.0f} s, in training on the first {max(reviews):,}: "
        f"{case.input}, {case.hidden} hidden units, {batch}, {case.dtype}, {threads}, {each} for "
        f"each way; in brackets 95 % intervals. {certified} ways are certified: each is the "
        f"lesson's network (no biases, squared error, plain SGD), and no other.{others}"
    )


def _use(found: Advice) -> str:
    best, reviews = found.certified[0], found.portrait.reviews
    what = best.what
    if best.framework == CALLED.framework:
        what += f", which comes with skipzeros (skipzeros.networks()[{best.network!r}])"
    a_pass = reviews * best.median_seconds / best.reviews
    all_of_them = f"all {reviews:,} reviews" if reviews > 1 else "the review"
    line = f"Use {what}: a pass over {all_of_them} takes about {seconds(a_pass)}"
    linear = found.way(LINEAR.network.name)
    if linear is not None and linear is not best:
        line += f", by {linear.what} {seconds(reviews * linear.median_seconds / linear.reviews)}"
    line += "."
    if not math.isnan(best.times_limit):
        alone = seconds(a_pass / best.times_limit)
        line += f" To read and write its rows alone takes this machine {alone}."
    if found.as_fast:
        names = ", ".join(way.what for way in found.ways if way.network in found.as_fast)
        line += f" No difference is shown from {names}."
    return line


def _times(way: Way) -> str:
    return _interval(way.ratio, way.ratio_low, way.ratio_high)


def _interval(ratio: float, low: float, high: float) -> str:
    if math.isnan(low):
        return multiple(ratio)
    return f"{multiple(ratio)} ({multiple(low)} to {multiple(high)})"


def _dense(found: Advice) -> Iterator[str]:
    ways = [way for way in found.certified if way.dense and way.network != found.best]
    if ways:
        named = " and ".join(f"{way.what} {_times(way)}" for way in ways)
        on = (
            f", on {ways[0].reviews:,} reviews"
            if ways[0].reviews < found.certified[0].reviews
            else ""
        )
        yield f"Multiplying the zeros too takes so many times as long: {named}{on}."


def _written(found: Advice) -> Iterator[str]:
    ways = [way for way in found.certified if not way.dense and way.network != found.best]
    if ways:
        named = ", ".join(f"{way.what} {_times(way)}" for way in ways)
        yield f"Other ways that skip the zeros take so many times as long: {named}."


def _torch(found: Advice) -> Iterator[str]:
    if math.isnan(found.torch_ratio):
        return
    low, high = found.torch_ratio_low, found.torch_ratio_high
    linear, on = found.way(LINEAR.network.name), ""
    if linear is not None and linear.reviews < found.certified[0].reviews:
        on = f", side by side on {linear.reviews:,} reviews"
    if low <= 1 <= high:
        yield (
            "To stay in torch: no difference is shown between Linear and EmbeddingBag(sparse=True),"
            f" {_interval(found.torch_ratio, low, high)} times as long{on}."
        )
    elif found.torch_ratio < 1:
        gain = _interval(1 / found.torch_ratio, 1 / high, 1 / low)
        yield (
            f"To stay in torch: use EmbeddingBag(sparse=True), {gain} times as fast as Linear{on}."
        )
    else:
        loss = _interval(found.torch_ratio, low, high)
        yield (
            "To stay in torch: keep Linear; EmbeddingBag(sparse=True) takes "
            f"{loss} times as long{on}."
        )


def _where_dense_wins(found: Advice) -> Iterator[str]:
    if not found.vocabularies or found.fastest_sparse is None:
        return
    named = "; ".join(
        f"{row.vocabulary_size:,} words ({_share(row.density)} not zero) "
        f"{_interval(row.ratio, row.ratio_low, row.ratio_high)}"
        for row in found.vocabularies
    )
    yield (
        "Where dense wins: the same reviews in a vocabulary of another size, dense / "
        f"{found.fastest_sparse.what} in time: {named}. Below 1 dense is faster."
    )


def _memory(found: Advice) -> Iterator[str]:
    named = ", ".join(
        f"{way.what} {memory_size(way.memory_bytes)}"
        for way in found.certified
        if way.memory_bytes is not None
    )
    if named:
        yield f"Memory by which a process grows in training: {named}."


def _batches(found: Advice) -> Iterator[str]:
    own = found.scenario.batch_size
    told = [_batch(row, own) for row in found.batches]
    if told:
        trained_on = max(row.trained_on for row in found.batches)
        after = f", and test reviews right after one pass over {trained_on:,} at this rate"
        yield (
            f"Batches, with {found.certified[0].what}{after if trained_on else ''}: "
            f"{'; '.join(told)}."
        )


def _batch(row: BatchRow, own: int) -> str:
    if row.reason:
        return f"of {row.batch_size:,} {row.reason}"
    told = [f"of {row.batch_size:,}"]
    if row.batch_size == own:
        told[0] += " as asked for"
    elif not math.isnan(row.ratio):
        told.append(f"{_interval(row.ratio, row.ratio_low, row.ratio_high)} times as long")
    if row.seeds:
        ends = f"{percent(row.accuracy_low)} to {percent(row.accuracy_high)}"
        told.append(f"{percent(row.accuracy)} right ({ends} over {row.seeds} seeds)")
    return ", ".join(told)


def _code(found: Advice) -> str:
    framework = framework_of(found)
    written = [way for way in found.certified if way.framework not in ("", CALLED.framework)]
    if not written:
        return f"For the code to write: --code with one of {', '.join(FRAMEWORKS)}."
    way = written[0]
    longer = "" if way.network == found.best else f", {_times(way)} times as long"
    others = ", ".join(one for one in FRAMEWORKS if one not in (framework, way.framework))
    if framework == CALLED.framework:
        return (
            f"How to call it follows. To write it yourself: --code {way.framework}, "
            f"{way.what}{longer}; or {others}."
        )
    return (
        f"To write it yourself: the fastest of the codes follows, {way.what}{longer}; --code "
        f"prints that of {others}."
    )
