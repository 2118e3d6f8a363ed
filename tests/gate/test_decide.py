"""The gate's decisions on made-up rounds: verdicts, votes, bounds, doubts, and how it errs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm, spearmanr

from skipzeros.bench.gate.decide import (
    LOOKS,
    PASS_ERROR,
    ROUNDS,
    SLOWER_ERROR,
    SURELY,
    Decision,
    SetRounds,
    Threshold,
    _rank_correlation,
    decide,
    evidence,
    plain,
    standard_error,
)
from skipzeros.bench.text.amounts import fraction

FIVE = Threshold.max_slowdown(0.05)
CLAIM = Threshold.faster_than(20)
SEEDS = st.integers(0, 2**32 - 1)


def set_of(logs: Sequence[float], apart: float = 0.0, stretch: float = 1.0) -> SetRounds:
    """A set whose other clock says so much more."""
    return SetRounds(np.array(logs), np.array(logs) + apart, stretch)


def noisy(
    seed: int, sets: int, ratio: float, rounds: float = 0.01, between: float = 0.0, number: int = 25
) -> list[SetRounds]:
    """Sets of a network with a true ratio; noise of rounds and between sets as deviations."""
    rng = np.random.default_rng(seed)
    middles = math.log(ratio) + between * rng.standard_normal(sets)
    return [set_of(middle + rounds * rng.standard_normal(number)) for middle in middles]


def even(middle: float, deviation: float, sets: int, rounds: int = ROUNDS) -> list[SetRounds]:
    """Sets that are all alike, their rounds spread like a normal distribution, in mixed order."""
    spread = norm.ppf((np.arange(rounds) + 0.5) / rounds)
    mixed = np.random.default_rng(3).permutation(spread)
    return [set_of(middle + deviation * mixed)] * sets


def gate(draw: Callable[[int], list[SetRounds]], limit: Threshold) -> Decision:
    """A gate's looks, one after the other, at the sets that are drawn for the last one."""
    sets = draw(LOOKS[-1])
    for look in LOOKS:
        decision = decide(sets[:look], limit)
        if decision.verdict or decision.hopeless:
            break
    return decision


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(1, "pass"), (1.05, "slower"), (0.95, "faster"), (0.99, "pass")]
)
@pytest.mark.parametrize("look", LOOKS)
def test_a_clear_case_is_decided_at_every_look(ratio: float, verdict: str, look: int) -> None:
    decision = decide(noisy(look, look, ratio, between=0.003), FIVE)
    assert (decision.verdict, decision.doubt, decision.hopeless) == (verdict, "", "")
    assert decision.ratio.low < decision.ratio.ratio < decision.ratio.high
    assert decision.ratio.ratio == pytest.approx(ratio, abs=0.006)


def test_between_the_edges_nothing_is_decided() -> None:
    for look in LOOKS:
        decision = decide(even(math.log(1.025), 0.04, look), FIVE)
        assert (decision.verdict, decision.doubt, decision.hopeless) == ("", "", "")


@pytest.mark.parametrize(("look", "votes"), [(4, 4), (8, 7), (12, 9)])
@pytest.mark.parametrize(("ratio", "other", "verdict"), [(1.05, 0.99, "slower"), (1, 1.05, "pass")])
def test_so_many_sets_must_agree(
    look: int, votes: int, ratio: float, other: float, verdict: str
) -> None:
    # The bounds are of all rounds: the few that dissent hardly move them.
    for agreeing in range(votes - 1, look + 1):
        sets = noisy(1, agreeing, ratio, 0.002) + noisy(2, look - agreeing, other, 0.002)
        decision = decide(sets, FIVE)
        beyond = decision.ratio.low > 1.02 if verdict == "slower" else decision.ratio.high < 1.03
        assert beyond
        assert (decision.verdict == verdict) == (agreeing >= votes), agreeing
        assert not decision.doubt


@given(SEEDS, st.sampled_from(LOOKS), st.integers(1, 25))
def test_the_bounds_are_binomial_order_statistics(seed: int, look: int, number: int) -> None:
    sets = noisy(seed, look, 1.02, 0.02, 0.01, number)
    ordered = np.sort(np.concatenate([one.logs for one in sets]))
    n = len(ordered)
    # The k-th smallest is above the median if fewer than k are below it.
    sure = binom.cdf(np.arange(n), n, 0.5)  # of the 1st, 2nd, ...
    below, above = (sure <= SLOWER_ERROR[look]).sum(), (sure <= PASS_ERROR[look]).sum()
    low = math.exp(ordered[below - 1]) if below else math.nan
    high = math.exp(ordered[n - above]) if above else math.nan
    ratio = decide(sets, FIVE).ratio
    assert ratio.ratio == pytest.approx(math.exp(np.median(ordered)))
    assert (ratio.low, ratio.high) == pytest.approx((low, high), nan_ok=True)


def test_too_few_rounds_have_no_bounds_and_no_verdict() -> None:
    for ratio in (0.5, 1, 2):
        decision = decide(noisy(1, 4, ratio, number=2), FIVE)
        assert math.isnan(decision.ratio.low)
        assert math.isnan(decision.ratio.high)
        assert decision.verdict == ""
    # 16 rounds have one for 1 in 1,000, but none for 1.25 in 100,000.
    ratio = decide(noisy(1, 4, 2, number=4), FIVE).ratio
    assert math.isnan(ratio.low)
    assert ratio.high > 2
    assert decide(noisy(1, 4, 2, number=4), FIVE).verdict == ""


def test_the_looks_share_the_errors_that_are_allowed() -> None:
    assert math.fsum(SLOWER_ERROR.values()) == pytest.approx(1.25e-4)
    assert math.fsum(PASS_ERROR.values()) == pytest.approx(8e-3)
    assert list(SLOWER_ERROR) == list(PASS_ERROR) == list(SURELY) == [4, 8, 12]
    assert 8 * math.fsum(SLOWER_ERROR.values()) <= 1 / 1000  # a gate over 8 networks


def test_sets_that_differ_beyond_their_rounds_withhold_a_verdict() -> None:
    far, near = [0.06, 0.09, 0.12, 0.03], [0.08, 0.085, 0.09, 0.083]
    for medians, verdict in ((far, ""), (near, "slower")):
        decision = decide([even(middle, 0.005, 1)[0] for middle in medians], FIVE)
        assert decision.verdict == verdict
        assert ("sets of workers differ" in decision.doubt) == (not verdict)
    # What the noise of the rounds explains is no reason.
    loud = noisy(5, 12, 1.2, 0.1)
    assert np.std([np.median(one.logs) for one in loud]) > 0.01
    assert decide(loud, FIVE).verdict == "slower"


def test_more_sets_may_differ_more_for_their_median_errs_less() -> None:
    apart = [*even(0.04, 0.001, 1), *even(0.06, 0.001, 1)]
    first, last = decide(apart * 2, FIVE), decide(apart * 6, FIVE)
    assert (first.verdict, "sets of workers differ" in first.doubt) == ("", True)
    assert (last.verdict, last.doubt) == ("slower", "")
    wider = [*even(0.025, 0.001, 1), *even(0.075, 0.001, 1)]
    assert "sets of workers differ" in decide(wider * 6, FIVE).doubt


def test_rounds_that_resemble_their_neighbours_withhold_a_verdict() -> None:
    rng = np.random.default_rng(2)
    sets = []
    for _ in range(4):
        logs = [0.0]
        for step in 0.006 * rng.standard_normal(25):
            logs.append(0.8 * logs[-1] + step)
        sets.append(set_of(logs[1:]))
    decision = decide(sets, FIVE)
    assert decision.verdict == ""
    assert "neighbouring rounds are alike" in decision.doubt
    # A drift that is small beside the distance can't have covered it.
    far = decide([set_of(one.logs + math.log(2)) for one in sets], FIVE)
    assert (far.verdict, far.doubt) == ("slower", "")
    mixed = [set_of(rng.permutation(one.logs)) for one in sets]
    assert decide(mixed, FIVE).verdict == "pass"
    # Rounds that are all the same, as on a clock with long ticks, resemble nothing.
    assert decide([set_of([0.0] * 25)] * 4, FIVE).verdict == "pass"


@given(st.lists(st.tuples(st.integers(-9, 9), st.floats(-1, 1)), min_size=3, max_size=40))
def test_the_correlation_of_ranks_is_that_of_spearman(pairs: list[tuple[int, float]]) -> None:
    first, second = np.array(pairs, float).T
    assume(np.ptp(first) and np.ptp(second))
    assert _rank_correlation(first, second) == spearmanr(first, second).statistic


@pytest.mark.parametrize(
    ("apart", "stretch", "verdict"),
    [(0.04, 1.0, ""), (-0.04, 1.04, ""), (0.02, 1.0, "pass"), (0.04, 1.06, "pass")],
)
def test_clocks_that_disagree_withhold_a_verdict_on_a_quiet_core(
    apart: float, stretch: float, verdict: str
) -> None:
    sets = [set_of(one.logs, apart, stretch) for one in noisy(4, 4, 1)]
    decision = decide(sets, FIVE)
    assert decision.verdict == verdict
    assert ("CPU and wall time disagree by 4.0%" in decision.doubt) == (not verdict)


@pytest.mark.parametrize(
    ("least", "hopeless"),
    [(0.95, set()), (1.15, {12}), (1.25, {12}), (1.4, {8, 12}), (1.9, {8, 12}), (2.1, {4, 8, 12})],
)
def test_a_limit_that_the_machine_cannot_tell_is_given_up(least: float, hopeless: set[int]) -> None:
    # In the zone, where nothing is decided; `least` of the limit is what the last look tells.
    error = (math.log1p(0.05 * least) - math.log(1.02)) / 6.5
    deviation = error / standard_error(even(0.0, 1.0, 12), 12)
    for look in LOOKS:
        sets = even(math.log(1.025), deviation, look)
        assert FIVE.detectable(standard_error(sets, 12)) == pytest.approx(0.05 * least)
        decision = decide(sets, FIVE)
        assert bool(decision.hopeless) == (look in hopeless)
        assert decision.minimum_detectable == pytest.approx(FIVE.detectable(error * math.sqrt(3)))
    # A verdict is one, however noisy the machine, and a claim is never given up so.
    assert not decide(even(3.0, deviation, 12), FIVE).hopeless
    assert not decide(even(-math.log(20), 1.0, 12), CLAIM).hopeless


@given(st.floats(0.005, 0.1), st.floats(0.001, 0.1), st.sampled_from(LOOKS))
def test_what_a_hopeless_look_recommends_would_do(
    deviation: float, slowdown: float, look: int
) -> None:
    sets = even(math.log1p(0.5 * slowdown), 5 * deviation, look)
    hopeless = decide(sets, Threshold.max_slowdown(slowdown)).hopeless
    if not hopeless:
        return
    assert f"above the limit of {100 * slowdown:.4g}%" in hopeless
    last = standard_error(sets, LOOKS[-1])
    found = re.search(r"or allow a slowdown of (\S+)$", hopeless)
    assert found
    enough = fraction(found[1])
    assert slowdown < Threshold.max_slowdown(enough).detectable(last) <= enough
    assert not decide(sets, Threshold.max_slowdown(enough)).hopeless
    less = enough - 0.001
    assert Threshold.max_slowdown(less).detectable(last) > less


def test_no_limit_is_recommended_where_none_would_do() -> None:
    hopeless = decide(even(0.025, 30.0, 4), FIVE).hopeless
    assert re.search(r"use about \d+ times as many reviews or a quieter machine$", hopeless)


@given(st.floats(0.01, 0.1), st.floats(0.001, 0.1), st.sampled_from(LOOKS))
def test_as_many_reviews_as_are_named_would_do(
    deviation: float, slowdown: float, look: int
) -> None:
    limit = Threshold.max_slowdown(slowdown)
    sets = even(math.log1p(0.5 * slowdown), 5 * deviation, look)
    found = re.search(r"use about (\d+) times as many", decide(sets, limit).hopeless)
    if found:
        error = standard_error(sets, LOOKS[-1]) / math.sqrt(int(found[1]))
        assert limit.detectable(error) <= slowdown * (1 + 1e-9)


def test_what_is_plain_needs_no_decided_self_test() -> None:
    twice, little = (decide(noisy(1, 4, ratio), FIVE) for ratio in (2.0, 1.08))
    faster = decide(noisy(1, 4, 0.5), FIVE)
    assert [one.verdict for one in (twice, little, faster)] == ["slower", "slower", "faster"]
    for spread, expected in ((0.02, [True] * 3), (0.1, [True, False, True]), (0.9, [False] * 3)):
        assert [plain(one, FIVE, spread) for one in (twice, little, faster)] == expected
    assert not plain(twice, FIVE, math.inf)
    assert not plain(decide(noisy(1, 4, 1.025, between=0.01), FIVE), FIVE, 0.0)


@given(SEEDS, st.floats(0, 0.05), st.floats(0, 0.05))
def test_what_is_plain_was_decided(seed: int, between: float, spread: float) -> None:
    decision = gate(lambda sets: noisy(seed, sets, 1.0, 0.03, between), FIVE)
    assert not plain(decision, FIVE, spread) or decision.verdict


@given(st.floats(0.001, 10))
def test_the_zone_scales_with_the_limit(slowdown: float) -> None:
    limit = Threshold.max_slowdown(slowdown)
    assert math.expm1(limit.slower) == pytest.approx(0.4 * slowdown)
    assert math.expm1(limit.passes) == pytest.approx(0.6 * slowdown)
    assert math.exp(limit.faster) == pytest.approx(max(0, 1 - 0.4 * slowdown))
    assert limit.slower < limit.passes
    assert limit.detectable(0) == pytest.approx(0.4 * slowdown)


def test_a_limit_says_what_it_means() -> None:
    assert FIVE.text == "at most 5% slower"
    assert FIVE.zone == (
        "A slowdown of 5% is stopped, one of up to 2% passes; from there to 3% it may go either "
        "way, and from there on it doesn't pass, but may stay undecided."
    )
    assert Threshold.max_slowdown(0.005).text == "at most 0.5% slower"
    assert CLAIM.text == "at least 20x faster"


@pytest.mark.parametrize(
    ("times", "verdict"), [(55, "pass"), (22, "pass"), (15, "slower"), (0.5, "slower"), (20, "")]
)
def test_a_claim_holds_or_not(times: float, verdict: str) -> None:
    for look in LOOKS:
        decision = decide(even(-math.log(times), 0.02, look, rounds=7), CLAIM)
        assert (decision.verdict, decision.doubt, decision.hopeless) == (verdict, "", "")


@given(SEEDS, st.floats(0.9, 1.1), st.floats(0, 0.02), st.sampled_from(LOOKS), st.randoms())
def test_the_order_of_sets_does_not_matter(
    seed: int, ratio: float, between: float, look: int, random: object
) -> None:
    sets = noisy(seed, look, ratio, 0.01, between)
    mixed = list(sets)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = decide(sets, FIVE), decide(mixed, FIVE)
    assert (first.verdict, first.hopeless, first.ratio) == (
        second.verdict, second.hopeless, second.ratio
    )  # fmt: skip
    assert bool(first.doubt) == bool(second.doubt)


@given(SEEDS, st.floats(0.8, 1.2), st.floats(0, 0.1), st.floats(0, 0.05), st.sampled_from(LOOKS))
def test_what_is_slower_is_not_passed_when_it_gets_slower_still(
    seed: int, ratio: float, rounds: float, between: float, look: int
) -> None:
    sets = noisy(seed, look, ratio, rounds, between)
    later = [set_of(one.logs + math.log(1.5)) for one in sets]
    before, after = (decide(each, FIVE).verdict for each in (sets, later))
    assert after not in ("pass", "faster")
    assert before != "slower" or after == "slower"


def frame(sets: Sequence[SetRounds], factor: float = 1.0, waits: int = 0) -> pd.DataFrame:
    """passes.csv of such sets, in which the baseline's passes grow by 1 % a round."""
    rows = [
        {
            "network": name, "set": number, "round": round_, "waits": waits * (name == "mine"),
            "cpu_seconds": factor * 1.01**round_ * math.exp(log),
            "wall_seconds": factor * 1.01**round_ * math.exp(other) * one.stretch,
        }
        for number, one in enumerate(sets, 9)
        for round_, logs in enumerate(zip(one.logs, one.other_logs, strict=True), 1)
        for name, (log, other) in (("mine", logs), ("old", (0, 0)), ("else", (1, 2)))
    ]  # fmt: skip
    return pd.DataFrame(rows).sample(frac=1, random_state=1)


def test_evidence_is_the_rounds_of_each_set_in_order() -> None:
    given_sets = [
        set_of([0.1, 0.2, 0.3, 0.25], 0.5, 1.5),
        set_of([-0.1, 0.0, 0.1], 0.5, 2.5),
        set_of([1.0, 2.0, 3.0, 4.0], 0.5, 1.2),
    ]
    for waits, clock in ((0, "cpu"), (1, "wall")):
        sets, told = evidence(frame(given_sets, waits=waits), "mine", "old")
        assert told == clock
        assert list(sets) == [9, 10, 11]
        for one, seen in zip(given_sets, sets.values(), strict=True):
            by_clock = (seen.logs, seen.other_logs)[:: 1 if clock == "cpu" else -1]
            assert by_clock[0] == pytest.approx(one.logs)
            assert by_clock[1] == pytest.approx(one.other_logs)
            # Half of the passes are stretched by e^0.5 more.
            assert one.stretch <= seen.stretch <= one.stretch * math.exp(0.5)
    _, clock = evidence(frame(given_sets, waits=1), "old", "else")
    assert clock == "cpu"


def test_evidence_of_prepare_is_that_of_its_own_column() -> None:
    given_sets = [set_of([0.1, 0.2, 0.3, 0.25]), set_of([-0.1, 0.0, 0.1])]
    table = frame(given_sets, waits=1)
    table["prepare_seconds"] = table["cpu_seconds"].where(table["network"] == "old", 0.125)
    sets, clock = evidence(table, "mine", "old", "prepare")
    assert clock == "cpu"
    assert [len(one.logs) for one in sets.values()] == [4, 3]
    old = table[table["network"] == "old"].set_index(["set", "round"])["cpu_seconds"].sort_index()
    assert np.concatenate([one.logs for one in sets.values()]) == pytest.approx(np.log(0.125 / old))
    assert not decide(
        [*sets.values()] * 2, Threshold.max_slowdown(0.2, "prepare")
    ).doubt.startswith("CPU")
    assert Threshold.max_slowdown(0.2, "prepare").text == "prepare at most 20% slower"


@settings(max_examples=40)
@given(SEEDS, st.floats(0.9, 1.1), st.floats(1e-6, 1e6), st.sampled_from(LOOKS))
def test_only_ratios_decide(seed: int, ratio: float, factor: float, look: int) -> None:
    sets = noisy(seed, look, ratio, 0.01, 0.003, 10)
    told = [evidence(frame(sets, times), "mine", "old") for times in (1.0, factor)]
    (first, clock), (second, other_clock) = told
    one, other = (decide([*found.values()], FIVE) for found in (first, second))
    assert clock == other_clock
    assert one.verdict == other.verdict
    assert bool(one.doubt) == bool(other.doubt)
    assert one.ratio.ratio == pytest.approx(other.ratio.ratio)


def test_a_thousandth_of_gates_errs_at_most() -> None:
    counts = {}
    for ratio in (1.0, 1.05):
        counts[ratio] = Counter(
            gate(lambda sets, seed=seed, ratio=ratio: noisy(seed, sets, ratio, 0.01, 0.003), FIVE)
            .verdict
            for seed in range(300)
        )  # fmt: skip
    assert counts[1.0]["slower"] == 0
    assert counts[1.0]["pass"] >= 297
    assert counts[1.05]["slower"] >= 297
    assert counts[1.05]["pass"] == counts[1.05]["faster"] == 0
