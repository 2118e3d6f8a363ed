"""What `skipzeros check` prints: what each certificate rests on, and where two networks part."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence

import numpy as np

from ...impls.network import Array
from ..commands.experiment import Experiment
from ..equality.cases import Case
from ..equality.parting import part
from ..equality.result import Result
from ..networks.packed import LESSON
from ..text.table import print_reasons, print_table

# Below this share of steps that are pinned down, the reader is warned.
FEW_LIVE = 0.1
NOTHING = "Nothing is certified."
# Of the small scenarios that were left out so many are named.
MOST_CASES = 3


def both_outputs(results: Sequence[Result]) -> list[Array]:
    """Return the outputs of the first two results, as far as they are certified."""
    return [
        result.certificate.outputs
        for result in results[:2]
        if result.certificate is not None and result.certificate.outputs is not None
    ]


def tell(results: Sequence[Result], rate: float) -> str:
    """Say where the outputs of the first two results part, and what comparing the ends would mean.

    Args:
        rate: the learning rate.
    """
    both = f"{results[0].name} and {results[1].name}"
    outputs = both_outputs(results)
    if len(outputs) < 2:
        return f"{both} are not compared: not both are certified."
    apart = float(np.abs(outputs[0] - outputs[1]).max())
    if apart == 0:
        return f"{both} give the same bits for every review."
    first, reviews = part(outputs[0], outputs[1])
    passed = [f"{threshold:g} at review {at}" for threshold, at in first.items() if at is not None]
    lines = f"{both} differ by more than " + ", ".join(passed) + ". " if passed else f"{both}: "
    if math.isfinite(reviews):
        lines += f"The difference grows e-fold every {reviews:.3g} reviews. "
    end = f"At rate {rate:g} comparing the ends of this pass "
    if first[1e-6] is None:
        return lines + end + f"would mean something: the outputs are never over {apart:.1g} apart."
    return lines + end + f"would mean nothing: both are right, and up to {apart:.2g} apart."


def print_check(results: Sequence[Result], experiment: Experiment, case: Case | None) -> None:
    """Print the table of `check`, and the reasons below it.

    Args:
        case: the case of the matrix that alone was tried; None for the data.
    """
    rows = []
    for result in results:
        tally = result.certificate.tally if result.certificate else None
        certified = tally is not None and result.certified
        seconds = result.certificate.seconds if result.certificate else 0.0
        rows.append(
            (
                result.name,
                result.status,
                f"{tally.worst_error_ratio:.3f}" if tally and certified else "",
                f"{tally.reviews:,}" if tally and certified else "",
                f"{tally.live:,} of {tally.steps:,}" if tally and certified else "",
                f"{result.cases} of {result.of_cases}" if result.of_cases else "",
                f"{seconds + result.cases_seconds:.1f} s" if seconds or result.of_cases else "",
            )
        )
    on = f"{len(experiment.reviews):,} reviews of {experiment.corpus.name}"
    definition = experiment.scenario.definition
    what = "network" if definition == LESSON else definition
    print_table(
        f"Is it the same {what}? {on if case is None else f'The case {case}'}",
        [
            "network",
            "status",
            "worst error\n/ bound",
            "reviews\njudged",
            "steps\npinned down",
            "small\nscenarios",
            "took",
        ],
        rows,
    )
    print_reasons((result.name, result.status, result.reason) for result in results)


def notes(
    results: Sequence[Result], experiment: Experiment, case: Case | None = None
) -> Iterator[str]:
    """Say what the certificates rest on, and by which command a fault is seen again.

    Args:
        case: as for print_check.
    """
    if case is None:
        yield coverage(results, experiment)
    elif not any(result.certified for result in results):
        yield NOTHING
    arguments = {network.name: network.argument for network in experiment.networks}
    certified = [result for result in results if result.certified]
    for one in certified:
        if one.left_out:
            some = "; ".join(one.left_out[:MOST_CASES])
            more = ", ..." if len(one.left_out) > MOST_CASES else ""
            yield (
                f"{one.name}: {len(one.left_out)} of the small scenarios were left out after "
                f"{one.cases_seconds:.0f} s: {some}{more}; --case tries one, --quick none."
            )
    for one in certified:
        if one.certificate is not None and one.certificate.again:
            yield f"{one.name} was judged in one piece from {one.certificate.again}"
    for one in certified:
        number, why = one.no_room
        if number:
            yield f"{one.name} refuses {number} of the small scenarios when it is built: {why}"
    for result in results:
        if result.case and case is None:
            network = shlex.quote(arguments[result.name])
            yield (
                f"{result.name} in {'that' if result.case in result.reason else 'a small'} case "
                f"alone: skipzeros check --network {network} --case {result.case}"
            )


def coverage(results: Sequence[Result], experiment: Experiment) -> str:
    """Say in one line what the certificates rest on, and what a sample may have missed."""
    tallies = [
        result.certificate.tally
        for result in results
        if result.certificate is not None and result.certified
    ]
    if not tallies:
        return NOTHING
    sample, batch_size = experiment.certify, experiment.scenario.batch_size
    steps = -(-len(experiment.reviews) // batch_size)
    judged = min(tally.steps for tally in tallies)
    worst = max(tally.worst_error_ratio for tally in tallies)
    live = min(tally.live / tally.steps for tally in tallies)
    share = "every one" if judged == steps else f"{judged:,}"
    segments = max(
        result.certificate.segments for result in results if result.certificate is not None
    )
    cut = f", in {segments} segments" if segments > 1 else ""
    line = (
        f"Certified on crafted reviews and on {share} of {steps:,} steps on "
        f"{experiment.corpus.name}{cut}: the worst "
        f"error is {worst:.3f} of its rounding bound, and the bounds pin down {live:.1%} of the "
        "steps."
    )
    if live < FEW_LIVE:
        line += " That is few: where the sigmoid saturates, a certificate says little."
    if sample and judged < steps:
        # n random steps all miss a fault in a share p of the steps with probability (1 - p)^n.
        found = 1 - 0.01 ** (1 / -(-sample // batch_size))
        line += (
            f" A sample of that size finds a fault in {found:.2%} of the steps with 99 %; "
            "certify all, and every step is judged."
        )
    return line
