"""A network tried in the cases of the matrix; of those it gets wrong the plainest is told."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ...impls.network import Network
from ..networks.guard import is_refusal
from ..networks.packed import LESSON
from ..outcomes import ERRORS, Failed, Incorrect, Status, Uncertified
from .cases import Case
from .certificate import Trial, choose
from .lives import LIVES
from .made import AGAIN, made
from .result import Result

# A network that is slow isn't tried in the longest cases.
SECONDS = 60.0
# What a network says of sizes that it has no room for, on purpose; there it isn't tried.
NO_ROOM = "building the network raised ValueError"
# Of more steps only a sample is judged.
STEPS, SAMPLE = 400, 100
# What a certificate of one scenario is worth, for those who see no other.
ONE_SCENARIO = (
    "A certificate covers this scenario and these reviews; skipzeros check tries small made ones "
    "too, for the faults that these can't show."
)


def try_case(network: type[Network], case: Case, definition: str = LESSON) -> None:
    """Certify a network in a case.

    Args:
        definition: what it is to compute.

    Raises:
        Incorrect, Failed, Uncertified: it isn't certified; the message says why.
    """
    scenario, reviews, weights = made(case, definition)
    trial = Trial(network, reviews, scenario, weights, name=lambda i: f"review {i} of the case")
    chosen = None
    if len(reviews) > STEPS * scenario.batch_size:
        chosen = choose(reviews, scenario, SAMPLE)
        # Where a count of 16 bits is at its start again.
        chosen[AGAIN // scenario.batch_size :][:1] = True
    # Numbers so extreme may overflow in right networks too, which would be told of the data.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        trial.run(chosen, 1)
        LIVES[case["life"]](trial)


class Tried(NamedTuple):
    """What came of trying a network in cases.

    Attributes:
        cases: in how many of them it is certified.
        no_room: for how many of them it has no room, and what it said of the first.
        case: the plainest one that it gets wrong; None for none.
        fault: an Incorrect, Failed or Uncertified that says what is wrong there.
        left_out: the cases that were left out because the others took too long.
    """

    cases: int
    no_room: tuple[int, str] = (0, "")
    case: Case | None = None
    fault: Exception | None = None
    left_out: Sequence[Case] = ()


def try_cases(
    network: type[Network],
    cases: Sequence[Case],
    progress: Callable[[int], None] = lambda cases: None,
    seconds: float = SECONDS,
    definition: str = LESSON,
) -> Tried:
    """Certify a network in cases, until it gets one wrong.

    Args:
        progress: is told of each case that is done.
        seconds: after which no further case is begun, of a slow network; and as long again for
            the plainest case.
        definition: as for try_case.
    """
    until, done, refused = time.perf_counter() + seconds, 0, list[str]()
    for number, case in enumerate(cases, 1):
        fault = _fault(network, case, definition)
        if fault is not None and str(fault).startswith(NO_ROOM) and is_refusal(fault):
            refused.append(str(fault).removeprefix(NO_ROOM).lstrip(": ") or "ValueError")
        elif fault is not None:
            plainest = _plainest(network, case, fault, time.perf_counter() + seconds, definition)
            return Tried(done, _no_room(refused), *plainest)
        else:
            done += 1
        progress(1)
        if time.perf_counter() > until:
            return Tried(done, _no_room(refused), left_out=cases[number:])
    return Tried(done, _no_room(refused))


def _no_room(refused: Sequence[str]) -> tuple[int, str]:
    return len(refused), refused[0] if refused else ""


def with_cases(
    result: Result,
    network: type[Network],
    cases: Sequence[Case],
    timeout: float,
    progress: Callable[[int], None] = lambda cases: None,
    definition: str = LESSON,
) -> Result:
    """Return a result with what came of trying a network in cases.

    A network that is wrong already keeps its status and reason.

    Args:
        timeout: seconds after which the network is given up.
        progress, definition: as for try_cases.
    """
    begun = time.perf_counter()
    tried = try_cases(network, cases, progress, min(SECONDS, timeout / 4), definition)
    result = replace(
        result,
        cases=tried.cases,
        no_room=tried.no_room,
        left_out=tuple(map(str, tried.left_out)),
        of_cases=len(cases),
        cases_seconds=time.perf_counter() - begun,
    )
    if tried.fault is None:
        return result
    if not result.certified:
        # What it got wrong on the data is told; the case shows it in little.
        return replace(result, case=str(tried.case))
    reason = f"in the case {tried.case}: {tried.fault}"
    (status,) = (status for status, error in ERRORS.items() if error is type(tried.fault))
    return replace(result, status=Status(status), reason=reason, case=str(tried.case))


def _fault(network: type[Network], case: Case, definition: str) -> Exception | None:
    try:
        try_case(network, case, definition)
    except (Incorrect, Failed, Uncertified) as fault:
        return fault
    return None


def _plainest(
    network: type[Network], case: Case, fault: Exception, until: float, definition: str
) -> tuple[Case, Exception]:
    """Make one choice after the other plain, as long as a fault stays."""
    for plainer in case.plainer():
        if time.perf_counter() > until:
            break
        still = _fault(network, plainer, definition)
        if type(still) is type(fault):
            return _plainest(network, plainer, still, until, definition)
    return case, fault
