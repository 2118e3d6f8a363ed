"""Do the bills of a network agree with what its own process says of its passes?

Three questions, by all bills in all of its processes. Was it seen to work for longer than it says?
Do many passes in a row, of which the harness's clock tells the time of each far better, take
longer for each than a pass alone, made just before, is said to take? Caches make it the other way
round; longer they take where a pass leaves work to the next one, or where its process says less
than is true. And, where passes are too long for that: does it take longer to read the weights just
after a pass than to read them once more?
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

import numpy as np
import pandas as pd

from ..equality.result import Result
from ..outcomes import Status
from .evidence import PACE_SHARE, Evidence
from .passes import LateWork, some
from .price import resolution
from .ratios import median_bound, median_ratio

# So much of what is seen of a pass may stay unexplained.
HIDDEN_SHARE = 0.1
# On a restless machine any few pairs may look like it.
CONFIDENCE = 0.99
# So many readings are enough to be sure of it.
READINGS = 8
# An audit that leaves more open than this share of a pass.
COARSE = 0.1


def judge_bills(result: Result, contestants: Sequence[Evidence]) -> Result:
    """Refuse a network that works outside of its clock.

    Returns:
        The result, with how exact that audit is.
    """
    timed = [ready for ready in contestants if ready.prices and ready.passes]
    if not timed or not result.certified:
        return result
    own = median(
        one.cpu_seconds - (one.charged_seconds or 0.0) for ready in timed for one in ready.passes
    )
    price = median(ready.price(own) for ready in timed)
    singles = [(own, over - ready.price(own)) for ready in timed for over in ready.overs]
    series = [
        (one.cpu_seconds, one.over - ready.price(own)) for ready in timed for one in ready.series
    ]
    # In wall time, as where a device computes, a busy machine hides as much; that is charged.
    on_cpu = timed[0].passes[0].device_used == "cpu"
    reason = _hides(singles, price, "a pass takes") if on_cpu else ""
    if not reason and series and on_cpu:
        reason = _hides(series, price, "some passes in a row take")
    if not reason and series and on_cpu:
        reason = _lags(timed)
    late = _late(timed)
    if not reason and late:
        reason = _puts_off(late)
    if reason:
        return result.with_status(Status.REFUSED, reason)
    above = max(0.0, price - median(ready.delivery_seconds for ready in timed))
    audited = (resolution(own, price) + above) / some(own)
    if series:
        told = median(told for told, _ in series)
        audited = min(
            audited, _most(_paces(timed)) + (resolution(told, price) + above) / some(told)
        )
    if late and not series:
        # What makes each reading slow could be work of the pass, unless it is that of any network.
        slow = median(one.again for one in late) - timed[0].delivery.reading_seconds
        shares = [-math.log1p(max(0.0, one.first - one.again) / some(one.told)) for one in late]
        audited += _most(pd.Series(shares)) + max(0.0, slow) / some(own)
    return replace(result, audited=audited)


def _hides(bills: Sequence[tuple[float, float]], price: float, what: str) -> str:
    """Say what speaks for work outside of the clock; nothing if nothing does.

    Args:
        bills: what its process said of each, in CPU seconds, and by how much more it was seen to
            work than that and its price.
    """
    own, more = median(told for told, _ in bills), median(over for _, over in bills)
    least, told = resolution(own, price), -(more + price)
    if told > least:
        return (
            f"its process says that {what} {1e3 * own:.3g} ms of CPU time, which is "
            f"{1e3 * told:.3g} ms more than it was seen to work at all: another one works for it"
        )
    if more > max(least, HIDDEN_SHARE * (own + more)):
        return (
            f"it works outside of the clock: its process says that {what} {1e3 * own:.3g} ms, and "
            f"was seen to work for {1e3 * more:.3g} ms more, from two short calls just before to "
            "the outputs; do all of a pass in train, and nothing that makes a short call long"
        )
    return ""


def by_wall_time(networks: Iterable[str]) -> list[str]:
    """Say which networks are compared by wall time, if any are."""
    names = ", ".join(networks)
    if not names:
        return []
    return [
        f"Compared by wall time, since it or the baseline has threads or waits for something: "
        f"{names}. All other times are CPU time."
    ]


def hidden_work(results: Iterable[Result]) -> str:
    """Say how much of a pass could hide from the harness's own clock."""
    results = [one for one in results if one.certified]
    known = sorted((one.audited, one.name) for one in results if one.audited < math.inf)
    if not results:
        return ""
    if not known:
        return "The time of the networks is their own processes' word: this system has no audit."
    (least, exact), (most, short) = known[0], known[-1]
    if least >= 1:
        return "Hidden work: the passes are too short to tell; take more reviews."
    line = f"Hidden work: at most {least:.1%} of a pass ({exact})"
    if most >= 1:
        line += f" ({short}: its pass is too short to tell; take more reviews)"
    elif short != exact:
        line += f" to {most:.1%} ({short})"
    line += ", or the harness's own clock would have shown it."
    if COARSE < most < 1:
        line += " With more reviews, or on a quieter machine, it sees more."
    return line


def _lags(timed: Sequence[Evidence]) -> str:
    """Say so if each of many passes in a row takes longer than one alone is said to take."""
    ratio = median_ratio(_paces(timed), CONFIDENCE)
    if not ratio.high < 1 - PACE_SHARE:
        return ""
    alone = median(one.alone for ready in timed for one in ready.series)
    return (
        f"its process says that a pass takes {1e3 * alone:.3g} ms, but each of many passes in a "
        f"row was seen to take {1e3 * alone / ratio.ratio:.3g} ms: it leaves work to the next one; "
        "do all of a pass in train"
    )


def seems_to_put_off(contestants: Sequence[Evidence]) -> bool:
    """Say whether the first reading of the weights seems to take longer, but by few readings."""
    late = _late(contestants)
    return 0 < len(late) < READINGS and _excess(late, median(_more(late))) > 0


def _late(contestants: Sequence[Evidence]) -> list[LateWork]:
    return [one for ready in contestants for one in ready.late if not math.isnan(one.first)]


def _more(late: Sequence[LateWork]) -> list[float]:
    return [one.first - one.again for one in late]


def _excess(late: Sequence[LateWork], more: float) -> float:
    """Return by how many seconds a first reading takes longer than caches and noise explain.

    Args:
        more: by how many it takes longer than one more.
    """
    told, again = median(one.told for one in late), median(one.again for one in late)
    return more - max(resolution(told, again), HIDDEN_SHARE * (told + more))


def _puts_off(late: Sequence[LateWork]) -> str:
    """Say so if work of a pass is done when its weights are read."""
    surely = median_bound(np.array(_more(late)), "greater", 1 - CONFIDENCE)
    if not _excess(late, surely) > 0:
        return ""
    told, first = median(one.told for one in late), median(one.first for one in late)
    again = median(one.again for one in late)
    return (
        f"its process says that a pass takes {1e3 * told:.3g} ms, but it takes {1e3 * first:.3g} "
        f"ms to read the weights after it, and {1e3 * again:.3g} ms to read them once more: it "
        "leaves work until somebody reads them; do all of a pass in train"
    )


def _most(logs: pd.Series[float]) -> float:
    """Return the largest share of a pass that may be missing, from logarithms of what is told."""
    low = median_ratio(logs).low
    return max(0.0, 1 - (math.exp(logs.min()) if math.isnan(low) else low))


def _paces(timed: Sequence[Evidence]) -> pd.Series[float]:
    return pd.Series([pace for ready in timed for pace in ready.paces], dtype=float)
