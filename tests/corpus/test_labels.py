"""Labels of every kind become 1 and 0, and nothing of it in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros.bench.cli.as_options import with_options
from skipzeros.bench.corpus.labels import marks, named, odd_ones
from skipzeros.bench.corpus.reading import Reading
from skipzeros.bench.outcomes import BadInput

FILE = Path("a.csv")


def of(labels: str, **reading: str) -> list[float | None]:
    return marks(labels.split(), Reading(**reading), FILE)[0]  # type: ignore[arg-type]


def refused(labels: str, **reading: str) -> str:
    with pytest.raises(BadInput) as caught:
        of(labels, **reading)
    return with_options(str(caught.value))


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("1 0", [1, 0]),
        ("+1 -1", [1, 0]),
        ("Positive neg TRUE false", [1, 0, 1, 0]),
        ("ham spam", [0, 1]),
        ("good bad", [1, 0]),
        ("no yes", [0, 1]),
        ("1 2", [0, 1]),
        ("4 0", [1, 0]),
        ("10 9", [1, 0]),
        ("0.5 -3", [1, 0]),
        ("neutral positive", [0, 1]),
        ("neutral negative", [1, 0]),
        ("positive zero", [1, 0]),
    ],
)
def test_two_classes_are_found(labels: str, found: list[float]) -> None:
    assert of(labels) == found


def test_which_is_positive_is_told_with_how_to_turn_it_round() -> None:
    _, told = marks(["spam", "ham", "ham"], Reading(), FILE)
    assert with_options(told) == (
        "a.csv: spam is positive (1 of 3), ham negative; --positive ham turns it round."
    )
    assert of("spam ham", positive="ham") == [0, 1]
    assert "every review is positive" in marks(["1", "1"], Reading(), FILE)[1]


@pytest.mark.parametrize(
    ("labels", "offered"),
    [
        ("1 2 3 4 5", "--positive 4,5 --negative 1,2 --drop 3 makes two of them"),
        ("0 1 2 3", "--positive 2,3 --negative 0,1 makes two of them"),
        ("-1 0 1", "--positive 1 --negative -1 --drop 0 makes two of them"),
        ("positive negative neutral", "--positive positive --negative negative --drop neutral"),
        ("sports politics science sports", "--positive sports sets one against the rest"),
        (" ".join(map(str, range(20))), "--positive '>=9.5' makes two of them"),
        ("0.1 0.9 0.3 1 0.7 0.2 0.15 0.4 0.5 0.6 0.65 0.75 0.8", "--positive '>=0.6' makes two"),
        ("x x", "as in --positive x"),
    ],
)
def test_what_would_make_two_classes_is_offered_ready_to_paste(labels: str, offered: str) -> None:
    told = refused(labels)
    assert offered in told
    assert "\n" not in told


def test_the_offer_does_what_it_says() -> None:
    found = of("1 2 3 4 5", positive="4,5", negative="1,2", drop="3")
    assert found == [0, 0, None, 1, 1]
    told = marks("1 2 3 4 5".split(), Reading(positive="4,5", drop="3"), FILE)[1]
    assert told == "a.csv: 1 of 5 rows are left out by their label."
    assert of("sports politics Sports", positive="sports") == [1, 0, 1]
    assert of("1 2 3.5 10", positive=">=3") == [0, 0, 1, 1]
    assert of("1 2 3", negative="<2", drop="2") == [0, None, 1]
    assert of("1 0 maybe", drop="maybe") == [1, 0, None]


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        ({"positive": "6"}, "--positive 6: no label of a.csv is that; there are 1 (1), 2 (1), 3"),
        ({"positive": "1", "negative": "2"}, "3: neither positive nor negative; leave them out "
         "with --drop 3"),
        ({"positive": "1", "negative": "1"}, "--negative 1: 1 is named twice"),
        ({"drop": "1,2,3"}, "no row of a.csv is left"),
        ({"positive": ">=x"}, "'x' is no number"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(reading: dict[str, str], told: str) -> None:
    assert told in refused("1 2 3", **reading)


def test_texts_among_numbers_are_odd() -> None:
    assert odd_ones("1 0 1 maybe ?".split()) == {"maybe", "?"}
    assert odd_ones("spam ham spam".split()) == set()
    assert odd_ones("1 spam spam ham".split()) == set()
    assert odd_ones("1 0 true".split()) == set()


@given(st.floats(-1e9, 1e9) | st.booleans() | st.integers(-(10**9), 10**9))
def test_a_label_is_called_the_same_however_a_file_writes_it(label: object) -> None:
    assert named(label) == named(str(label)) == named(f" {label} ")


def test_what_is_no_label_has_no_name() -> None:
    assert [named(label) for label in (None, float("nan"), "", "  ")] == [""] * 4
    assert [named(label) for label in (1, 1.0, "1.0", "+1", True, "1e0")] == ["1"] * 4 + [
        "true",
        "1",
    ]


@pytest.mark.parametrize(
    ("classes", "positive"), [(["<=50K", ">50K"], ">50K"), (["no, bad", "yes"], "no, bad")]
)
def test_a_label_that_looks_like_something_else_can_be_named(
    classes: list[str], positive: str
) -> None:
    found, _ = marks([named(one) for one in classes], Reading(positive=positive), Path("a"))
    assert found == [float(one == positive) for one in classes]


def test_an_option_that_names_no_label_is_told() -> None:
    with pytest.raises(BadInput, match=r"^positive=' ,': names no label; there are a \(1\)"):
        marks(["a", "b"], Reading(positive=" ,"), Path("a"))
