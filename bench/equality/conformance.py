"""What every network promises, as checks that need nothing but its class.

`skipzeros.testing` runs them, in a script or under pytest. A check returns where the promise is
kept and raises Incorrect, Failed or Uncertified, with the reason in one line, where it isn't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from threadpoolctl import threadpool_limits

from ...impls.network import Network
from ...impls.reviews import Reviews
from ..corpus.synthetic import generate
from ..networks.guard import blame, prepared_by, renew, trained
from ..networks.scenario import DTYPES, Scenario
from ..outcomes import ERRORS, BadInput, Status
from .cases import Case, cases_for
from .certificate import Trial, certify, review_trial
from .crafted import VOCABULARY, crafted
from .lives import plain
from .matrix import try_cases
from .watch import Watch
from .whole_pass import Calls, digest, refuse_spent

# No multiple of the batch size, so that the last batch is short.
SYNTHETIC, FEW = 302, 42
# For the cases of the matrix that have one kind of input, dtype and batch.
SECONDS = 20.0

# Each kind of network at a rate where it learns: on counts the lesson's 0.1 saturates at once,
# and of saturated steps the certificate could say little.
KINDS = [
    Scenario(input=input, dtype=dtype, batch_size=batch_size, learning_rate=rate)
    for input, rate in (("presence", 0.1), ("counts", 0.001))
    for dtype in DTYPES
    for batch_size in (1, 4)
]
RATES = (0.01, 0.1, 1.0)
KINDS_AND_RATES = [replace(kind, learning_rate=rate) for kind in KINDS for rate in RATES]
# A kernel may have the lesson's ten hidden units built in.
KINDS_AND_RATES.append(replace(KINDS[0], hidden=3))


def crafted_reviews(network_class: type[Network], scenario: Scenario) -> None:
    """Train on reviews at the edges, where kernels go wrong; each step must be within its bound."""
    for group in crafted(scenario):
        Trial(network_class, group.reviews, scenario, group.weights, name=group.name).run(None, 1)


def empty_reviews(network_class: type[Network], scenario: Scenario) -> None:
    """Train on reviews without words, whole batches too: each gives a half and teaches nothing."""
    reviews = Reviews.from_lists([[]] * 6, [0, 1] * 3, VOCABULARY, [[]] * 6)
    weights = next(crafted(scenario)).weights
    Trial(
        network_class,
        scenario.reviews(reviews),
        scenario,
        weights,
        name=lambda i: f"empty review {i}",
    ).run(None, 1)


def synthetic_reviews_are_certified(network_class: type[Network], scenario: Scenario) -> None:
    """Certify what `skipzeros check` does: every step, and whole passes that repeat them."""
    certificate = certify(network_class, scenario.reviews(_synthetic()), scenario)
    if certificate.status != Status.CERTIFIED:
        raise ERRORS[certificate.status](certificate.reason)


def a_pass_may_be_cut_into_calls(network_class: type[Network], scenario: Scenario) -> None:
    """Cut a pass into calls; outputs and final weights must stay the same, bit for bit."""
    trial = _few(network_class, scenario)
    reviews, size = trial.reviews, scenario.batch_size
    ends = []
    for length in (len(reviews), size):
        network = trial.build()
        parts = [reviews[start : start + length] for start in range(0, len(reviews), length)]
        outputs = [trained(network, prepared_by(network, part), len(part)) for part in parts]
        ends.append(digest(network, np.concatenate(outputs)))
    if ends[0] != ends[1]:
        Calls(trial.build(), reviews, scenario, trial.weights, trial.name).explain()


def prepared_reviews_stay_valid_after_reset(
    network_class: type[Network], scenario: Scenario
) -> None:
    """Train a second time on what was prepared once, as the harness does for every pass."""
    trial = _few(network_class, scenario)
    network = trial.build()
    prepared = prepared_by(network, trial.reviews)
    trained(network, prepared, len(trial.reviews))
    with blame("a pass after reset"):
        refuse_spent(network, prepared, trial.reviews, scenario, trial.weights)


def prepared_reviews_serve_new_instances(network_class: type[Network], scenario: Scenario) -> None:
    """Train on what another instance of the same shape has prepared."""
    trial = _few(network_class, scenario)
    prepared = prepared_by(trial.build(), trial.reviews)
    with blame("a pass over what another instance prepared"):
        refuse_spent(trial.build(), prepared, trial.reviews, scenario, trial.weights)


def what_is_passed_in_is_left_alone(network_class: type[Network], scenario: Scenario) -> None:
    """Train; the weights and reviews that were passed in must not change, even after a reset."""
    trial = _few(network_class, scenario)
    network = trial.build()
    for _ in range(2):
        trained(network, prepared_by(network, trial.reviews), len(trial.reviews))
        trial.refuse_changed(network)
        with blame("reset"):
            network = renew(network, scenario, *trial.weights)


def predict_changes_nothing(network_class: type[Network], scenario: Scenario) -> None:
    """Predict; no weight may change, and the outputs must be those of the present weights."""
    trial = _few(network_class, scenario)
    watch = Watch(trial.build(), trial.reviews, scenario, trial.weights, trial.name)
    watch.call(0, len(trial.reviews), judged=False)
    watch.settle()
    watch.judge_predictions()


def small_scenarios(network_class: type[Network], scenario: Scenario) -> None:
    """Be certified in those cases of the matrix that have this input, dtype and kind of batch."""
    cases = [case for case in cases_for(network_class) if _belongs(case, scenario)]
    tried = try_cases(network_class, cases, seconds=SECONDS)
    if tried.fault is not None:
        fault = tried.fault
        raise type(fault)(f"in the case {tried.case}: {fault}") from fault.__cause__


def _belongs(case: Case, scenario: Scenario) -> bool:
    counted, batches = case["counts"] != "presence", case["batch"] != "1"
    return (counted, batches, case["dtype"]) == (
        scenario.input == "counts", scenario.batch_size > 1, scenario.dtype
    )  # fmt: skip


def outputs_and_weights_keep_shape_and_dtype(
    network_class: type[Network], scenario: Scenario
) -> None:
    """Train and predict; each review must have one output, in the dtype of the weights."""
    plain(_few(network_class, scenario))


# Each check, and the scenarios that it is meant for.
CHECKS: dict[Callable[[type[Network], Scenario], None], list[Scenario]] = {
    crafted_reviews: KINDS_AND_RATES,
    empty_reviews: KINDS,
    synthetic_reviews_are_certified: KINDS,
    a_pass_may_be_cut_into_calls: KINDS,
    prepared_reviews_stay_valid_after_reset: KINDS,
    prepared_reviews_serve_new_instances: KINDS,
    what_is_passed_in_is_left_alone: KINDS,
    predict_changes_nothing: KINDS,
    outputs_and_weights_keep_shape_and_dtype: KINDS,
    small_scenarios: KINDS,
}


@dataclass(frozen=True)
class Check:
    """One promise in one scenario; a call with a network's class raises what is wrong with it."""

    promise: Callable[[type[Network], Scenario], None]
    scenario: Scenario

    @property
    def name(self) -> str:
        """The name of the promise, in messages and in the ids of tests."""
        return self.promise.__name__

    def __call__(self, network_class: type[Network]) -> None:
        # As under the clock: threads of BLAS may sum in another order each time.
        with threadpool_limits(1):
            self.promise(network_class, self.scenario)


def checks_of(network_class: type[Network]) -> list[Check]:
    """List every check in every scenario that a network accepts.

    Raises:
        BadInput: the argument is no class of a network, or the class accepts no scenario.
    """
    if not (isinstance(network_class, type) and issubclass(network_class, Network)):
        raise BadInput(
            f"{network_class!r} is no network: give a class derived from skipzeros.Network"
        )
    if not accepted(network_class, KINDS):
        raise BadInput(
            f"{network_class.__name__}.dtypes is {network_class.dtypes!r}; "
            "a network computes in float64, float32 or both"
        )
    return [
        Check(promise, scenario)
        for promise, scenarios in CHECKS.items()
        for scenario in accepted(network_class, scenarios)
    ]


def accepted(network_class: type[Network], scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Leave out the scenarios that a network does not accept."""
    return [scenario for scenario in scenarios if not scenario.not_applicable(network_class)]


def short_name(scenario: Scenario) -> str:
    """Name a scenario by what its checks differ in, such as presence-float64-batch1-rate0.1."""
    hidden = "" if scenario.hidden == Scenario.hidden else f"-hidden{scenario.hidden}"
    return (
        f"{scenario.input}-{scenario.dtype}-batch{scenario.batch_size}"
        f"-rate{scenario.learning_rate:g}{hidden}"
    )


def why_unavailable(network_class: type[Network]) -> str | None:
    """Say in one line why a network can't run here; None where it can.

    Raises:
        Failed: its ``unavailable()`` raised an error.
    """
    with blame(f"{network_class.__name__}.unavailable()"):
        reason = network_class.unavailable()
    return None if reason is None else f"{network_class.__name__} is unavailable: {reason}"


@cache
def _synthetic() -> Reviews:
    return generate(SYNTHETIC)


def _few(network_class: type[Network], scenario: Scenario) -> Trial:
    return review_trial(network_class, scenario.reviews(_synthetic()[:FEW]), scenario)
