"""What the arguments of skipzeros' functions stand for: the experiment that they describe."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict

from .bench.commands.experiment import Experiment
from .bench.commands.run import BUDGET
from .bench.corpus import Corpus, Reading, load
from .bench.networks.from_python import argument_of
from .bench.networks.registry import with_baselines
from .bench.networks.scenario import Scenario
from .bench.outcomes import BadInput
from .bench.records.schema import BISECT, PASSES
from .bench.text.progress import note
from .bench.timing.rounds import Plan
from .impls.network import Network
from .impls.reviews import Reviews

OneNetwork = str | type[Network]
Networks = OneNetwork | Sequence[OneNetwork]
Data = Corpus | Reviews | str | Path


class ScenarioOptions(TypedDict, total=False):
    """What a Scenario is made of; what is left out has its default."""

    hidden: int
    learning_rate: float
    batch_size: int
    dtype: str
    input: str
    seed: int
    threads: int
    device: str
    definition: str


def loaded(data: str | Path, split: str = "lesson", reading: Reading | None = None) -> Corpus:
    """Load a corpus, and say on stderr what its reader has to say."""
    if not isinstance(data, (str, Path)):
        raise BadInput(f"a {type(data).__name__} is no data: give a path, or 'synthetic' or 'imdb'")
    corpus = load(data, split, reading)
    if corpus.note:
        note(corpus.note)
    return corpus


@contextmanager
def experiment_of(
    networks: Networks,
    corpus: Data,
    scenario: ScenarioOptions,
    baselines: Networks = (),
    out: str | Path | None = None,
    *,
    resumable: bool = False,
) -> Iterator[Experiment]:
    """Make the experiment of a call; if it is interrupted, what can be gone on with is kept."""
    beyond = scenario.get("threads", 1), scenario.get("device", "cpu")
    named, related = with_baselines(_arguments(networks), _arguments(baselines), *beyond)
    data = _corpus(corpus)
    if not len(data.train):
        raise BadInput(f"{data.name}: there are no reviews to train on")
    folder = Path(tempfile.mkdtemp(prefix="skipzeros-records-")) if out is None else Path(out)
    before = _passes(folder) if resumable else {}
    try:
        experiment = Experiment(
            networks=named,
            baseline=related[0] if related else "",
            beside=related[1:],
            corpus=data,
            scenario=_scenario(scenario),
            out=folder,
        )
        if hint := experiment.hint:
            note(hint)
        yield experiment
    except KeyboardInterrupt:
        if resumable and _passes(folder) != before:
            note(
                f"Interrupted. What was finished is kept: out={str(folder)!r}, resume=True goes on."
            )
            raise
        note("Interrupted before any pass was timed." if resumable else "Interrupted.")
        discard(folder, out)
        raise
    except BaseException:
        discard(folder, out)
        raise


def _arguments(networks: Networks) -> list[str]:
    if isinstance(networks, (str, type)) or not isinstance(networks, Iterable):
        networks = [networks]
    return [argument_of(network) for network in networks]


def _passes(folder: Path) -> dict[Path, int]:
    """Return the files that grow in a folder, also those of `vary`, and when each was written."""
    names = PASSES, f"*=*/{PASSES}", BISECT
    found = (path for name in names for path in folder.glob(name))
    return {path: path.stat().st_mtime_ns for path in found}


def discard(folder: Path, out: str | Path | None) -> None:
    """Remove a folder of records that nobody asked for; out is what the user gave."""
    if out is None:
        shutil.rmtree(folder, ignore_errors=True)


def _corpus(data: Data) -> Corpus:
    if isinstance(data, Corpus):
        return data
    if isinstance(data, Reviews):
        return Corpus("reviews", data, data[:0])
    if not isinstance(data, (str, Path)):
        raise BadInput(f"a {type(data).__name__} is no corpus: give what load returns, or Reviews")
    return loaded(data)


def _scenario(options: ScenarioOptions) -> Scenario:
    try:
        return Scenario(**options)
    except TypeError:
        known = ", ".join(Scenario.__annotations__)
        unknown = ", ".join(name for name in options if name not in Scenario.__annotations__)
        raise BadInput(f"no option is called {unknown}; a scenario has {known}") from None


def judged(certify: int | Literal["all"]) -> int | None:
    """Return how many reviews are judged at random, as an Experiment says it."""
    return None if certify == "all" else certify


def planned(rounds: int | None, budget: float | None, precision: float | None = None) -> Plan:
    """Plan the rounds as `skipzeros run` does: until its budget, where nothing is asked for."""
    return Plan(rounds, BUDGET if rounds is None and budget is None else budget, precision)
