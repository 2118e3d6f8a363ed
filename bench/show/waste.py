"""What `skipzeros waste` prints: the account, where the time goes, and the lesson's chain."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...impls.reviews import Reviews
from ..commands.experiment import Experiment
from ..commands.waste import Account, Waste
from ..cost.formulas import FIGURES, FORMULAS, Work
from ..cost.letters import LETTERS
from ..networks.scenario import Scenario
from ..records.documents import Measured
from ..records.machine import machine
from ..records.rows import WasteRow
from ..records.schema import WASTE
from ..text.amounts import figure, interval, memory_size, percent, seconds, times
from ..text.table import print_lines, print_reasons, print_table
from ..timing.cut_passes import PHASES


class Step(NamedTuple):
    """One step of the lesson: from which network to which, and the waste that it removes."""

    before: str
    after: str
    removed: str


CHAIN = (
    Step("dense", "dense-rows", "no zero is subtracted from the rows that stay as they are"),
    Step("dense-rows", "multiply-loop", "no zero is multiplied on the way forward either"),
    Step("multiply-loop", "sum-loop", "nothing is multiplied by one"),
    Step("sum-loop", "add-reduce", "no Python loop runs over the words"),
    Step("csr", "add-reduce", "nothing is multiplied by one, nor checked as a sparse product"),
    Step(
        "add-reduce", "gather-scatter", "no array is made for a review, and rows move as one item"
    ),
    Step("add-reduce", "compiled", "no row is copied, and no Python loop runs over the reviews"),
)


@dataclass(frozen=True, kw_only=True)
class FormulaRow:
    """What a pass of one network takes, as formulas.

    Attributes:
        multiplications, by_zero, by_one, additions, bytes_read, bytes_written: in the letters that
            the document explains.
    """

    network: str
    multiplications: str
    by_zero: str
    by_one: str
    additions: str
    bytes_read: str
    bytes_written: str


@dataclass(frozen=True, kw_only=True)
class WasteDocument(Measured):
    """Where every multiplication and byte goes: a row for each network, as in waste.csv.

    Attributes:
        formulas: behind the counts; none unless --formulas asked for them.
        letters: that stand in the formulas, and what each means.
    """

    name = "waste"
    of = "waste"

    formulas: list[FormulaRow]
    letters: dict[str, str]
    rows: list[WasteRow]


def waste_document(found: Waste, experiment: Experiment, formulas: bool) -> WasteDocument:
    """Return the account for other programs."""
    texts = _formulas(found) if formulas else {}
    return WasteDocument(
        files=[experiment.out / WASTE],
        notes=_notes(found, experiment),
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        formulas=[
            FormulaRow(network=name, **dict(zip(FIGURES, text, strict=True)))
            for name, text in texts.items()
        ],
        letters=_letters(texts),
        rows=found.rows,
    )


def print_waste(found: Waste, experiment: Experiment, formulas: bool) -> None:
    """Print the tables of `waste`, and below them the chain in words."""
    reviews, scenario = experiment.reviews, experiment.scenario
    ready = _ready(found)
    size = len(reviews)
    print_table(
        f"What one review takes, on average of {size:,} of {experiment.corpus.name} "
        f"({len(reviews.indices) / size:,.0f} words of {reviews.vocabulary_size:,}; "
        f"{scenario.in_words})",
        [
            "network",
            "multiplied",
            "by zero",
            "by one",
            "added",
            "kB read",
            "kB written",
            "one pass",
            "memory held",
        ],
        [_work_row(account, size) for account in ready],
    )
    print_reasons(
        (account.result.name, account.result.status, account.result.reason)
        for account in found.accounts.values()
    )
    unknown = [account.result.name for account in ready if account.work is None]
    if unknown:
        print_lines(
            f"What {', '.join(unknown)} multiplies and moves isn't known: formulas are there for "
            "the built-in networks."
        )
    print_table(
        "Where the time goes: shares of preparing and one pass",
        ["network", *(phase.replace("_", " ") for phase in PHASES)],
        [(account.result.name, *_shares(account)) for account in ready],
    )
    print_lines(*_notes(found, experiment))
    if formulas:
        _print_formulas(_formulas(found))
    print_lines(str(experiment.out / WASTE))


def _notes(found: Waste, experiment: Experiment) -> list[str]:
    return [
        "Measured by cut passes: predicting leaves out training, empty reviews leave out the way "
        "from the input. hidden to output holds the loop over the reviews.",
        *_chain(found, len(experiment.reviews)),
        *_dense_batch(experiment.reviews, experiment.scenario),
    ]


def _work_row(account: Account, reviews: int) -> tuple[str, ...]:
    done = account.work
    figures = [""] * 6
    if done is not None:
        figures = [
            *(
                _each(number, reviews)
                for number in (done.multiplications, done.by_zero, done.by_one, done.additions)
            ),
            *(_each(number / 1e3, reviews) for number in (done.bytes_read, done.bytes_written)),
        ]
    memory = "" if account.memory_bytes is None else f"{account.memory_bytes / 1e6:,.1f} MB"
    return account.result.name, *figures, seconds(account.pass_seconds), memory


def _each(number: float, reviews: int) -> str:
    share = number / reviews
    return figure(share, ",.0f" if share >= 10 or not share else ".2g")


def _shares(account: Account) -> list[str]:
    phases = account.phases()
    whole = sum(phases.values())
    return [percent(phases[phase] / whole if whole else math.nan) for phase in PHASES]


def _chain(found: Waste, reviews: int) -> list[str]:
    """Say of each measured step of the lesson what it removed, and how much faster that is."""
    lines = []
    for step in CHAIN:
        before, after = (_measured(found, name) for name in (step.before, step.after))
        if before is None or after is None:
            continue
        fewer = before.multiplications - after.multiplications
        by_zero, by_one = before.by_zero - after.by_zero, before.by_one - after.by_one
        ratio = found.ratio(step.after, step.before)
        if fewer > 0:
            saved = (
                f"{_each(fewer, reviews)} multiplications fewer a review "
                f"({_each(max(by_zero, 0), reviews)} by zero, "
                f"{_each(max(by_one, 0), reviews)} by one)"
            )
        else:
            moved = [
                _each((work.bytes_read + work.bytes_written) / 1e3, reviews)
                for work in (before, after)
            ]
            saved = f"{moved[0]} kB moved a review become {moved[1]}"
        reach = interval(ratio.low, ratio.high)
        bought = f"{times(ratio.ratio)} times as fast" + (f" ({reach})" if reach else "")
        lines.append(f"{step.before} to {step.after}: {step.removed}. {saved}; {bought}.")
    return ["The lesson's chain:", *(f"  {line}" for line in lines)] if lines else []


def _measured(found: Waste, name: str) -> Work | None:
    account = found.accounts.get(name)
    return account.work if account and account.cuts and account.result.certified else None


def _dense_batch(reviews: Reviews, scenario: Scenario) -> list[str]:
    if scenario.batch_size == 1:
        return []
    rows = min(scenario.batch_size, len(reviews))
    size = rows * reviews.vocabulary_size * np.dtype(scenario.dtype).itemsize
    return [
        f"As a dense layer_0 such a batch would take {memory_size(size)}: {rows:,} x "
        f"{reviews.vocabulary_size:,} in {scenario.dtype}."
    ]


def _ready(found: Waste) -> list[Account]:
    """Return what is known of the networks that were timed, from the slowest on."""
    ready = (
        account for account in found.accounts.values() if account.result.certified and account.cuts
    )
    return sorted(ready, key=lambda account: -account.pass_seconds)


def _formulas(found: Waste) -> dict[str, tuple[str, ...]]:
    """Return the formulas of the networks that were timed, from the slowest on."""
    return {
        account.result.name: FORMULAS[account.result.name].text
        for account in _ready(found)
        if account.work is not None
    }


def _letters(texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the letters that stand in formulas, and what each means."""
    used = set(re.findall("[A-Za-z]", str(list(texts.values()))))
    return {letter: meaning for letter, meaning in LETTERS.items() if letter in used}


def _print_formulas(texts: Mapping[str, Sequence[str]]) -> None:
    print_table(
        "What a pass takes, as formulas",
        ["network", "multiplied", "by zero", "by one", "added", "bytes read", "bytes written"],
        [(name, *text) for name, text in texts.items()],
    )
    explained = [f"{letter}: {meaning}" for letter, meaning in _letters(texts).items()]
    print_lines("; ".join(explained) + ".")
