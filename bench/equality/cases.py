"""The matrix: small made scenarios in which every two choices of two dimensions meet.

A certificate is as good as the reviews that it saw: no review of IMDB has 65,536 times the same
word. docs/matrix.md says which fault each dimension is there for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from ...impls.network import Network
from ..networks.scenario import DTYPES
from ..outcomes import BadInput

# The first choice of each is the plain one, to which a case returns where a fault allows it.
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "vocabulary": ("65", "1", "3", "5", "63", "64", "65537", "131073"),
    "hidden": ("3", "1", "7", "8", "17", "65", "129"),
    "dtype": DTYPES,
    "batch": ("1", "2", "3", "64", "all"),
    "rate": ("0.1", "10", "0"),
    "weights": ("small", "zero", "huge", "subnormal"),
    "z": ("0", "30", "37", "88", "104", "709", "745"),
    "counts": ("presence", "16", "128", "256", "65536", "1e9", "fractions", "signs"),
    "reviews": ("few", "crowd", "1201", "5000", "70000", "many"),
    "order": ("shuffled", "ascending", "descending"),
    "life": (
        "plain", "resets", "instances", "sizes", "ahead", "form", "predictions", "slices", "reads",
        "strided",
    ),
}  # fmt: skip
# Choices that are tried with all else plain, and in no other pairs than BESIDE: they differ from
# others of their dimension by the width of a number or by what divides them.
ALONE: dict[str, tuple[str, ...]] = {
    "vocabulary": ("129", "257", "32769", "65536", "262145"),
    "hidden": ("2", "4", "5", "6", "12", "16", "24", "31", "32", "48", "64", "257", "513"),
    "batch": ("32",),
    "weights": ("dead", "wide", "steep"),
    "counts": (
        "-129", "-32769", "2049", "32768", "16777217", "2147483648", "3e9", "4294967296", "5e9",
        "tiny",
    ),
}  # fmt: skip
# With what else these are tried: kernels are written for a size, and for the rest once more.
BESIDE = {"hidden": {"dtype": "float32", "batch": "3", "counts": "signs"}}
# The dimensions of which a choice may exclude others.
RULED = ("vocabulary", "hidden", "dtype", "reviews", "life")
PLAIN = {dimension: choices[0] for dimension, choices in DIMENSIONS.items()}
# What takes long goes together only with what shows something there.
USUAL = {"rate": ("0.1",), "weights": ("small",), "z": ("0",)}
LONG = {
    "70000": {
        "hidden": ("3", "1"),
        **USUAL,
        "counts": ("presence", "256", "fractions"),
        "life": ("plain", "resets", "slices", "strided"),
    },
    "many": {
        "vocabulary": ("65", "131073"),
        "hidden": ("3", "8"),
        **USUAL,
        "counts": ("presence", "fractions"),
        "order": ("shuffled",),
        "life": ("plain", "strided"),
    },
}
# So many numbers of weights are read through a pipe in no time; of more a place in the table
# needs more bits than float32 has.
LARGE = 3_000_000


@dataclass(frozen=True)
class Case:
    """One choice of each dimension.

    Example:
        >>> str(Case.parse("hidden=17, batch=3"))
        'hidden=17,batch=3'
    """

    choices: tuple[str, ...]

    def __getitem__(self, dimension: str) -> str:
        return self.choices[list(DIMENSIONS).index(dimension)]

    def __str__(self) -> str:
        """Return what isn't plain, as parse reads it."""
        chosen = dict(zip(DIMENSIONS, self.choices, strict=True))
        special = [f"{name}={choice}" for name, choice in chosen.items() if choice != PLAIN[name]]
        return ",".join(special) or "plain"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read a case; what isn't named is plain.

        Raises:
            BadInput: there is no such dimension or choice, or the choices don't go together.
        """
        chosen = dict(PLAIN)
        named: set[str] = set()
        for part in text.split(",") if text != "plain" else ():
            name, _, choice = (side.strip() for side in part.partition("="))
            if name not in DIMENSIONS:
                raise BadInput(f"case {text!r}: {name!r} is none of {', '.join(DIMENSIONS)}")
            if name in named:
                raise BadInput(f"case {text!r}: {name} is there twice")
            known = sorted((*DIMENSIONS[name], *ALONE.get(name, ())), key=_size)
            if choice not in known:
                raise BadInput(f"case {text!r}: {name} is {', '.join(known)}, not {choice!r}")
            chosen[name] = choice
            named.add(name)
        if "vocabulary" not in named:
            chosen["vocabulary"] = _fitting(chosen)
        if reason := _apart(chosen):
            raise BadInput(f"case {text!r}: {reason}")
        return cls(tuple(chosen.values()))

    def plainer(self) -> Iterator[Case]:
        """Yield the case with one choice after the other made plain."""
        for place, (name, choice) in enumerate(zip(DIMENSIONS, self.choices, strict=True)):
            chosen = _but(self.choices, place, PLAIN[name])
            if choice != PLAIN[name] and not _apart(dict(zip(DIMENSIONS, chosen, strict=True))):
                yield Case(chosen)


def cases_for(network: type[Network]) -> list[Case]:
    """Return the cases that a network is tried in: all pairs of choices that it accepts.

    Those in which only one choice isn't plain come first, and those that take long last.
    """
    accepted, places = _accepted(network), {name: at for at, name in enumerate(DIMENSIONS)}
    plain = tuple(choices[0] for choices in accepted.values())
    alone = [
        Case(_but(plain, place, choice))
        for place, (name, choices) in enumerate(accepted.items())
        if len(choices) > 1
        for choice in ALONE.get(name, ())
    ]
    beside = [
        Case(_but(_but(plain, places[name], choice), places[other], second))
        for name, others in BESIDE.items()
        for choice in ALONE[name]
        for other, second in others.items()
        if second in accepted[other]
    ]
    return sorted([*_covering(tuple(accepted.values())), *alone, *beside], key=_place)


def _but(choices: tuple[str, ...], place: int, choice: str) -> tuple[str, ...]:
    """Return choices with another one in one place."""
    return (*choices[:place], choice, *choices[place + 1 :])


def _place(case: Case) -> tuple[bool, int]:
    """Return what cases are sorted by: about how many numbers a pass reads, and how many rows."""
    words = {"few": 300, "crowd": 900, "many": 66_000}
    reviews = case["reviews"]
    read = words[reviews] if reviews in words else 3 * int(reviews)
    length = (100 * read + int(case["vocabulary"])) * int(case["hidden"])
    return "," in str(case) or reviews in LONG, length


def _accepted(network: type[Network]) -> dict[str, tuple[str, ...]]:
    accepted = dict(DIMENSIONS)
    accepted["dtype"] = tuple(dtype for dtype in DTYPES if dtype in network.dtypes)
    if not network.accepts_batches:
        accepted["batch"] = ("1",)
    if not network.accepts_counts:
        accepted["counts"] = ("presence",)
    return accepted


def _size(choice: str) -> tuple[bool, float, str]:
    try:
        return False, float(choice), choice
    except ValueError:
        return True, 0.0, choice


def _fitting(chosen: Mapping[str, str]) -> str:
    """Return the plain vocabulary, or the first that has the words which the reviews need."""
    fitting = (choice for choice in DIMENSIONS["vocabulary"] if not _apart(chosen, choice))
    return next(fitting, PLAIN["vocabulary"])


def _apart(chosen: Mapping[str, str], vocabulary: str = "") -> str:
    """Say why choices, perhaps not yet of all dimensions, don't make a case; empty if they do.

    Args:
        vocabulary: to be taken for the chosen one.
    """
    size = vocabulary or chosen.get("vocabulary", "")
    words, hidden = int(size or "131073"), int(chosen.get("hidden", "1"))
    reviews, dtype = chosen.get("reviews", "few"), chosen.get("dtype", "float32")
    if reviews.isdigit() and int(reviews) > words:
        return f"a review of {reviews} words needs a vocabulary that has them"
    life = chosen.get("life", "plain")
    if reviews in LONG:
        for name, choices in LONG[reviews].items():
            if chosen.get(name, choices[0]) not in choices:
                return f"reviews={reviews} goes with {name} {' or '.join(choices)} only"
        return ""
    if words * hidden > LARGE and size:
        if dtype != "float32":
            return "more than 3 million weights go with dtype float32 only"
        if life != "plain":
            return "more than 3 million weights go with life plain only"
        if reviews == "5000":
            return "more than 3 million weights don't go with reviews of 5000 words"
    if reviews.isdigit() and life == "predictions":
        return f"reviews={reviews} doesn't go with life predictions"
    return ""


Pair = tuple[int, str, int, str]


@cache
def _covering(dimensions: tuple[tuple[str, ...], ...]) -> tuple[Case, ...]:
    """Choose cases until every pair of choices that can be had is in one of them."""
    rng = np.random.default_rng(0)
    names = list(DIMENSIONS)
    open_pairs: dict[Pair, None] = {
        (first, one, second, other): None
        for first, second in combinations(range(len(names)), 2)
        for one in dimensions[first]
        for other in dimensions[second]
    }
    cases: list[Case] = []

    def take(chosen: tuple[str, ...]) -> None:
        cases.append(Case(chosen))
        for pair in combinations(enumerate(chosen), 2):
            open_pairs.pop((*pair[0], *pair[1]), None)

    # Each choice alone first: others may hide what it shows.
    plain = tuple(choices[0] for choices in dimensions)
    alone = [
        _but(plain, place, choice)
        for place, choices in enumerate(dimensions)
        for choice in choices[1:]
    ]
    for chosen in (plain, *alone):
        # Long reviews need a vocabulary that isn't the plain one.
        made = dict(zip(names, chosen, strict=True))
        size = _fitting(made) if _apart(made) else made["vocabulary"]
        if size in dimensions[0]:
            take(_but(chosen, 0, size))
    while open_pairs:
        first, one, second, other = next(iter(open_pairs))
        completed = _completed({first: one, second: other}, dimensions, open_pairs, rng)
        if completed is None:
            del open_pairs[first, one, second, other]  # they don't go together
        else:
            take(completed)
    return tuple(cases)


def _completed(
    chosen: dict[int, str],
    dimensions: tuple[tuple[str, ...], ...],
    open_pairs: Mapping[Pair, None],
    rng: np.random.Generator,
) -> tuple[str, ...] | None:
    """Complete some choices so that many open pairs are in them; None where nothing goes."""
    names = list(DIMENSIONS)
    if _apart({names[place]: choice for place, choice in chosen.items()}):
        return None
    if len(chosen) == len(names):
        return tuple(chosen[place] for place in range(len(names)))
    left = [place for place in range(len(names)) if place not in chosen]
    # What the rules are about comes first, so that a dead end is seen before the rest is tried.
    ruled = [place for place in left if names[place] in RULED]
    place = int(rng.permutation(ruled or left)[0])

    def gain(choice: str) -> int:
        return sum(
            ((place, choice, there, other) if place < there else (there, other, place, choice))
            in open_pairs
            for there, other in chosen.items()
        )

    choices = rng.permutation(dimensions[place]).tolist()
    if names[place] in RULED:
        choices = list(dimensions[place])  # plain ones first, which take less time
    for choice in sorted(choices, key=gain, reverse=True):
        found = _completed({**chosen, place: choice}, dimensions, open_pairs, rng)
        if found is not None:
            return found
    return None
