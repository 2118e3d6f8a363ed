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
# Choices that are tried with all else plain only, and in no pairs: they differ from others of
# their dimension by the width of a number or by what divides them.
ALONE: dict[str, tuple[str, ...]] = {
    "vocabulary": ("129", "257", "32769", "65536", "262145"),
    "hidden": ("2", "4", "5", "6", "12", "16", "32", "64", "257"),
    "batch": ("32",),
    "counts": ("-129", "-32769", "2049", "16777217", "3e9", "5e9", "tiny"),
}
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
            known = (*DIMENSIONS[name], *ALONE.get(name, ()))
            if choice not in known:
                raise BadInput(f"case {text!r}: {name} is {', '.join(known)}, not {choice!r}")
            chosen[name] = choice
            named.add(name)
        if not _go_together(chosen):
            raise BadInput(f"case {text!r}: {_RULES}")
        return cls(tuple(chosen.values()))

    def plainer(self) -> Iterator[Case]:
        """Yield the case with one choice after the other made plain."""
        for place, (name, choice) in enumerate(zip(DIMENSIONS, self.choices, strict=True)):
            chosen = _but(self.choices, place, PLAIN[name])
            if choice != PLAIN[name] and _go_together(dict(zip(DIMENSIONS, chosen, strict=True))):
                yield Case(chosen)


def cases_for(network: type[Network]) -> list[Case]:
    """Return the cases that a network is tried in: all pairs of choices that it accepts.

    Those in which only one choice isn't plain come first, and those that take long last.
    """
    accepted = _accepted(network)
    plain = tuple(choices[0] for choices in accepted.values())
    alone = [
        Case(_but(plain, place, choice))
        for place, (name, choices) in enumerate(accepted.items())
        if len(choices) > 1
        for choice in ALONE.get(name, ())
    ]
    return sorted([*_covering(tuple(accepted.values())), *alone], key=_place)


def _but(choices: tuple[str, ...], place: int, choice: str) -> tuple[str, ...]:
    """Return choices with another one in one place."""
    return (*choices[:place], choice, *choices[place + 1 :])


def _place(case: Case) -> tuple[bool, int]:
    """Return what cases are sorted by: about how many numbers a pass reads, and how many rows."""
    words = {"few": 300, "crowd": 900, "many": 40_000}
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


_RULES = (
    "a review of 1201 words or more needs a vocabulary that has them, and no life of predictions; "
    "more than 3 million weights float32, a plain life and no review of 5000 words; "
    + "; ".join(
        f"reviews={kind} "
        + ", ".join(f"{name} {' or '.join(choices)}" for name, choices in together.items())
        for kind, together in LONG.items()
    )
)


def _go_together(chosen: Mapping[str, str]) -> bool:
    """Say whether choices, perhaps not yet of all dimensions, make a case."""
    vocabulary, hidden = int(chosen.get("vocabulary", "131073")), int(chosen.get("hidden", "1"))
    reviews, dtype = chosen.get("reviews", "few"), chosen.get("dtype", "float32")
    if reviews.isdigit() and int(reviews) > vocabulary:
        return False
    life = chosen.get("life", "plain")
    if reviews in LONG:
        return all(
            chosen.get(name, choices[0]) in choices for name, choices in LONG[reviews].items()
        )
    if vocabulary * hidden > LARGE and chosen.get("vocabulary"):
        return dtype == "float32" and life == "plain" and reviews != "5000"
    return not (reviews.isdigit() and life == "predictions")


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
        if _go_together(dict(zip(names, chosen, strict=True))):
            take(chosen)
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
    if not _go_together({names[place]: choice for place, choice in chosen.items()}):
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
