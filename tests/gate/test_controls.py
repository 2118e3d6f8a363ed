"""A gate's test of itself: how much longer the longer arm is, and what is made of both arms."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skipzeros import Reviews
from skipzeros.bench.gate.comparison import Comparison
from skipzeros.bench.gate.controls import Controls, lengthened
from skipzeros.bench.gate.decide import Decision, Threshold
from skipzeros.bench.outcomes import BadInput, Verdict
from skipzeros.bench.timing.ratios import Ratio
from skipzeros.bench.workers.entry import Entry
from skipzeros.bench.workers.shared_reviews import read_reviews, write_reviews

VOCABULARY = 60
Review = tuple[tuple[int, ...], tuple[float, ...], float]


def some(seed: int, size: int, longest: int = 40) -> Reviews:
    """Reviews of 0 to so many words, with counts that tell every two reviews apart."""
    rng = np.random.default_rng(seed)
    words = [rng.permutation(VOCABULARY)[: rng.integers(0, longest)] for _ in range(size)]
    counts = [seed + rng.random(len(review)) for review in words]
    return Reviews.from_lists(words, rng.integers(0, 2, size), VOCABULARY, counts)


def listed(reviews: Reviews) -> list[Review]:
    return [
        (tuple(words.tolist()), tuple(() if counts is None else counts.tolist()), label)
        for words, counts, label in reviews
    ]


def words_of(reviews: Reviews) -> int:
    return len(reviews.indices)


@given(
    st.integers(0, 1000), st.integers(1, 200), st.integers(0, 300), st.floats(0.005, 1.5),
    st.booleans(),
)  # fmt: skip
def test_a_fraction_more_reviews_stand_at_the_end(
    seed: int, size: int, left: int, fraction: float, presence: bool
) -> None:
    reviews, spare = some(seed, size), some(seed + 1, left)
    if presence:
        reviews, spare = reviews.presence(), spare.presence()
    more = round(fraction * size)
    if not more:
        with pytest.raises(BadInput, match=f"reviews: {size} are too few"):
            lengthened(reviews, spare, fraction)
        return
    longer = lengthened(reviews, spare, fraction)
    assert len(longer) == size + more
    assert longer.vocabulary_size == VOCABULARY
    assert (longer.counts is None) == presence
    found = listed(longer)
    assert found[:size] == listed(reviews)
    pool = listed(spare if left >= more else reviews)
    assert all(one in pool for one in found[size:])
    if more <= min(size, left):
        # Each is taken once, as far as some aren't alike.
        assert all(found[size:].count(one) <= pool.count(one) for one in found[size:])


@given(st.integers(0, 1000), st.integers(60, 300), st.sampled_from([0.05, 0.1, 0.5]))
def test_of_evenly_spread_reviews_those_nearest_to_the_fraction_are_taken(
    seed: int, size: int, fraction: float
) -> None:
    reviews, spare = some(seed, size), some(seed + 1, size)
    wanted, more = fraction * words_of(reviews), round(fraction * size)
    added = words_of(lengthened(reviews, spare, fraction)) - words_of(reviews)
    lengths = [len(words) for words, _, _ in listed(spare)]
    apart = [
        abs(sum(lengths[number * size // more + shift] for number in range(more)) - wanted)
        for shift in range(size // more)
        if (more - 1) * size // more + shift < size
    ]
    assert abs(added - wanted) <= min(apart)


def test_words_are_close_to_the_fraction_where_there_is_choice() -> None:
    reviews, spare = some(1, 2000), some(2, 2000)
    for fraction in (0.02, 0.05, 0.1):
        added = words_of(lengthened(reviews, spare, fraction)) / words_of(reviews) - 1
        assert added == pytest.approx(fraction, rel=0.02)


def test_reviews_that_were_just_seen_are_taken_only_where_spare_ones_are_too_few() -> None:
    reviews = some(1, 100)
    for left, source in ((5, "spare"), (4, "reviews"), (0, "reviews")):
        spare = some(2, left)
        pool = {"spare": listed(spare), "reviews": listed(reviews)}[source]
        assert all(one in pool for one in listed(lengthened(reviews, spare, 0.05))[100:])


def test_with_too_few_reviews_as_many_as_are_needed_are_named() -> None:
    with pytest.raises(BadInput) as told:
        lengthened(some(1, 3), some(2, 3), 0.05)
    assert str(told.value) == (
        "reviews: 3 are too few for a self-test with 5.00% more of them; use 20 or more"
    )
    assert len(lengthened(some(1, 20), some(2, 20), 0.05)) == 21


@pytest.fixture
def arms(tmp_path: Path) -> Controls:
    (tmp_path / "reviews").mkdir()
    reviews, spare = some(1, 200), some(2, 200)
    reference = Entry("add-reduce", "add-reduce", write_reviews(reviews, tmp_path / "reviews"))
    return Controls.of(reference, 0.05, reviews, spare, tmp_path / "longer")


def test_the_arms_are_the_network_twice_and_with_more_words(arms: Controls, tmp_path: Path) -> None:
    copy, longer = arms.both
    assert copy.baseline == longer.baseline
    assert copy.network == replace(copy.baseline, name="add-reduce (copy)")
    written = read_reviews(tmp_path / "longer")
    assert longer.network.reviews.folder == tmp_path / "longer"
    assert (len(longer.network.reviews.reviews), longer.network.reviews.nonzeros) == (
        len(written), words_of(written)
    )  # fmt: skip
    assert len(written) == 210
    assert arms.words == pytest.approx(words_of(written) / words_of(some(1, 200)) - 1)
    assert longer.network.name == f"add-reduce (+{100 * arms.words:.1f}% words)"
    assert copy.threshold == longer.threshold == Threshold.max_slowdown(0.05)


@pytest.mark.parametrize(
    ("copy", "longer"),
    list(itertools.product(["pass", "faster", "slower", "", None], repeat=2)),
)
def test_a_gate_is_believed_only_if_the_copy_passes_and_the_longer_one_is_slower(
    arms: Controls, copy: str | None, longer: str | None
) -> None:
    verdicts, decided = {arms.copy: copy, arms.longer: longer}, {}
    for one, verdict in verdicts.items():
        if verdict is not None:
            doubt = "" if verdict else "the machine rests"
            decided[one] = Decision(verdict, doubt, "", Ratio(1.0404), 0.01)
    doubt, line = arms.judge(decided)
    assert (doubt == "") == (copy == "pass" and longer == "slower")
    # Both are told, whatever came of them.
    told = [verdict or "undecided" for verdict in (copy, longer)]
    figures = ["?" if verdict is None else "1.040" for verdict in (copy, longer)]
    if copy is longer is None:
        assert line == "Self-test: it was not reached."
        return
    assert line == (
        f"Self-test: a copy of add-reduce took {figures[0]} times as long ({told[0]}), the same "
        f"with {arms.words:.1%} more words {figures[1]} times ({told[1]})."
    )
    if doubt:
        first, wanted, found = (
            ("add-reduce (copy)", "pass", told[0])
            if copy != "pass"
            else (arms.longer.network.name, "slower", told[1])
        )
        assert f"self-test failed: {first} should be '{wanted}' and is '{found}'" in doubt
        assert ("(the machine rests)" in doubt) == ((longer if copy == "pass" else copy) == "")


def test_the_spread_is_how_far_an_interval_of_either_arm_reaches_from_the_truth(
    arms: Controls,
) -> None:
    def decided(copy: Ratio, longer: Ratio) -> dict[Comparison, Decision]:
        ratios = {arms.copy: copy, arms.longer: longer}
        return {one: Decision("", "", "", ratio, 0.01) for one, ratio in ratios.items()}

    more = 1 + arms.words
    narrow = Ratio(1.0, 0.99, 1.02), Ratio(more, more / 1.01, more * 1.01)
    assert arms.spread(decided(*narrow)) == pytest.approx(math.log(1.02))
    assert arms.spread(decided(narrow[0], Ratio(more, more / 1.2, more))) == pytest.approx(
        math.log(1.2)
    )
    assert arms.spread(decided(narrow[0], Ratio())) == math.inf
    assert arms.spread({}) == math.inf


@pytest.mark.parametrize(
    ("copy", "longer", "mine", "wanted"),
    [
        # The self-test came out well: only what is undecided goes on.
        ("pass", "slower", "slower", ""),
        ("pass", "slower", "", "mine"),
        # It is undecided: what is slower by little is timed on, so that it may get plain.
        ("pass", "", "slower", "mine copy longer"),
        ("pass", "", "pass", "longer"),
        ("pass", "", "", "mine longer"),
        ("", "slower", "pass", "copy"),
    ],
)
def test_more_sets_are_wanted_of_what_they_may_decide(
    copy: str, longer: str, mine: str, wanted: str, few_reviews: Reviews, tmp_path: Path
) -> None:
    controls, decided, names = three(copy, longer, mine, 1.06, few_reviews, tmp_path)
    found = controls.wanted([names["mine"]], decided)
    assert {name for name, one in names.items() if one in found} == set(wanted.split())


def test_nothing_more_is_wanted_once_all_is_plain(few_reviews: Reviews, tmp_path: Path) -> None:
    controls, decided, names = three("", "", "slower", 2.0, few_reviews, tmp_path)
    assert controls.wanted([names["mine"]], decided) == []


def three(
    copy: str, longer: str, mine: str, ratio: float, few_reviews: Reviews, folder: Path
) -> tuple[Controls, dict[Comparison, Decision], dict[str, Comparison]]:
    """The controls and a comparison of such a ratio, with their verdicts."""
    (folder / "reviews").mkdir()
    entry = Entry("csr", "csr", write_reviews(few_reviews, folder / "reviews"))
    controls = Controls.of(entry, 0.05, few_reviews, few_reviews, folder / "longer")
    own = Comparison(replace(entry, name="mine"), entry, controls.copy.threshold)
    names = {"copy": controls.copy, "longer": controls.longer, "mine": own}
    middles = {"copy": 1.0, "longer": 1 + controls.words, "mine": ratio}
    decided = {
        names[name]: Decision(
            Verdict(verdict), "", "", Ratio(middle, middle * 0.97, middle * 1.03), 0.1
        )
        for (name, middle), verdict in zip(middles.items(), (copy, longer, mine), strict=True)
    }
    return controls, decided, names
