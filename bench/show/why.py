"""What `skipzeros why` prints: counts side by side, what explains the difference, and phases."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..commands.experiment import Experiment
from ..commands.why import Why, WhyRow, rows_of_why
from ..cost.explained import THINGS, there_is_a_difference
from ..records.documents import Measured
from ..records.machine import machine
from ..text.amounts import figure, multiple
from ..text.table import print_lines, print_reasons, print_table
from ..timing.cut_passes import PHASES

NAMES = {
    "python_calls": "Python calls",
    "allocations": "  allocations",
    "by_zero": "multiplications by zero",
    "by_one": "  by one",
    "needed": "  needed",
    "bytes": "bytes moved",
    "cache_lines": "  cache lines touched",
    "instructions": "instructions",
    "unexplained": "unexplained",
}
# What a sentence calls them.
CAUSES = {
    "python_calls": "Python calls",
    "by_zero": "words that are in no review: zeros",
    "by_one": "multiplying by one",
    "needed": "needed work on the rows of words",
    "bytes": "bytes: cache lines that come from beyond the first cache",
    "unexplained": "unexplained",
}
# What is too little to be named in the sentence.
SMALL = 0.1
BLIND = "It is a second opinion where time can't decide, and blind to how long memory takes."


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One of the two networks.

    Attributes:
        status, reason: what came of it.
        places: where the instructions of the counted reviews are: the interpreter, a library, the
            allocator, code made at run time; empty where callgrind didn't count.
    """

    network: str
    status: str
    reason: str
    places: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class WhyDocument(Measured):
    """What the difference between two networks is made of: a row for each thing and each phase.

    Attributes:
        networks: the two, in the order of first and second in the rows.
        ratio, ratio_low, ratio_high: time(first) / time(second), with its 95 % interval.
        call_seconds: how long a call from Python takes here, on a row in the cache.
        rows: none where one of the two isn't certified.
    """

    name = "why"
    of = "why"

    networks: list[Explained]
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    call_seconds: float = math.nan
    rows: list[WhyRow]


def print_why(found: Why, experiment: Experiment) -> None:
    """Print the tables of `why`, and what they say in sentences."""
    print_reasons(
        (side.result.name, side.result.status, side.result.reason) for side in found.sides
    )
    if not found.reviews:
        print_lines("Only certified networks have a speed that can be explained.")
        return
    rows = {row.thing: row for row in rows_of_why(found)}
    first, second = found.first.name, found.second.name
    answer, *others = _notes(found, rows)
    print_lines(answer)
    print_table(
        f"What one review takes, on average of {found.reviews:,} of {experiment.corpus.name} "
        f"({experiment.scenario.in_words}), and what of the difference it explains",
        ["thing", first, second, "explains", "95 % interval"],
        [(name, *_figures(rows[thing])) for thing, name in NAMES.items()],
    )
    print_table(
        "Phases of a pass, in µs a review",
        ["phase", first, second, "share of the difference"],
        [
            (
                phase.replace("_", " "),
                *(
                    figure(1e6 * number, ".3g")
                    for number in (rows[phase].first, rows[phase].second)
                ),
                _percent(rows[phase].share),
            )
            for phase in PHASES
        ],
    )
    print_lines(*others, *map(str, found.profiles))


def why_document(found: Why, experiment: Experiment) -> WhyDocument:
    """Return the same for other programs."""
    rows = rows_of_why(found) if found.reviews else []
    return WhyDocument(
        files=[*found.profiles],
        notes=_notes(found, {row.thing: row for row in rows}) if rows else [],
        machine=machine(experiment.sandbox),
        setting=experiment.setting,
        networks=[
            Explained(
                network=side.name,
                status=side.result.status,
                reason=side.result.reason,
                places={} if side.instructions is None else side.instructions.places,
            )
            for side in found.sides
        ],
        ratio=found.ratio.ratio,
        ratio_low=found.ratio.low,
        ratio_high=found.ratio.high,
        call_seconds=found.call_seconds,
        rows=rows,
    )


def _notes(found: Why, rows: dict[str, WhyRow]) -> list[str]:
    return [_sentence(found, rows), *_instructions(found), *_uncounted(rows)]


def _figures(row: WhyRow) -> tuple[str, ...]:
    numbers = [_number(number, row.unit) for number in (row.first, row.second)]
    reach = (
        ""
        if math.isnan(row.share_low)
        else f"{_percent(row.share_low)} to {_percent(row.share_high)}"
    )
    return *numbers, _percent(row.share), reach


def _number(number: float, unit: str) -> str:
    if unit == "bytes":
        return "" if math.isnan(number) else f"{number / 1e3:,.3g} kB"
    return figure(number, ",.0f" if number >= 10 or not number else ".2g")


def _percent(share: float) -> str:
    # Without a minus before a zero.
    return "" if math.isnan(share) else f"{round(100 * share) + 0:d}%"


def _sentence(found: Why, rows: dict[str, WhyRow]) -> str:
    ratio = found.ratio
    slow, fast = found.first.name, found.second.name
    ends = ratio.low, ratio.high
    times = ratio.ratio
    turned = times < 1
    if turned:
        slow, fast = fast, slow
        times, ends = 1 / times, (1 / ratio.high, 1 / ratio.low)
    reach = "" if math.isnan(ends[0]) else f" ({multiple(ends[0])} to {multiple(ends[1])})"
    if not there_is_a_difference(ratio):
        return (
            f"{slow} takes {multiple(times)}{reach} times as long as {fast}: in these rounds there "
            "is no difference to explain."
        )
    said = sorted(
        (thing for thing in THINGS if abs(rows[thing].share) >= SMALL),
        key=lambda thing: -rows[thing].share,
    )
    causes = []
    for place, thing in enumerate(said):
        row = rows["cache_lines" if thing == "bytes" else thing]
        if thing == "bytes" and math.isnan(row.first + row.second):
            row = rows[thing]
        numbers = [_number(number, row.unit) for number in (row.first, row.second)]
        if turned:
            numbers.reverse()
        counts = f" ({numbers[0]} a review against {numbers[1]})" if all(numbers) else ""
        of = " of the difference is" if place == 0 else " is"
        causes.append(f"{_percent(rows[thing].share)}{of} {CAUSES[thing]}{counts}")
    told = f"; {', '.join(causes)}" if causes else ""
    return f"{slow} takes {multiple(times)}{reach} times as long as {fast}{told}."


def _instructions(found: Why) -> list[str]:
    """Say what callgrind says of the difference, if it counted."""
    first, second = found.first.instructions, found.second.instructions
    if first is None or second is None or not second.executed:
        return []
    whole = first.executed - second.executed
    lines = [
        f"By callgrind {found.first.name} executes {multiple(first.executed / second.executed)} "
        f"times as many instructions as {found.second.name}. {BLIND}"
    ]
    places = {
        place: first.places.get(place, 0) - second.places.get(place, 0)
        for place in first.places.keys() | second.places.keys()
    }
    large = [
        f"{_percent(difference / whole)} in {place}"
        for place, difference in sorted(places.items(), key=lambda item: -abs(item[1]))
        if whole and abs(difference) >= SMALL / 2 * abs(whole)
    ]
    if large and abs(whole) > SMALL / 10 * second.executed:
        lines.append(f"Of the difference in instructions {', '.join(large)}.")
    return lines


def _uncounted(rows: dict[str, WhyRow]) -> list[str]:
    """Name what could not be counted, by its reason."""
    reasons: dict[str, list[str]] = {}
    for thing, row in rows.items():
        if row.reason:
            reasons.setdefault(row.reason, []).append(NAMES[thing].strip())
    return [f"Not counted: {', '.join(things)} ({reason})." for reason, things in reasons.items()]
