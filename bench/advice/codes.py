"""The code to write: a file for each framework, which is a network, and is printed as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ... import examples
from ..networks.registry import NamedNetwork, resolve

FOLDER = Path(examples.__path__[0])
# What stands below it only makes the file a network.
BELOW = "\n# ---- "


@dataclass(frozen=True)
class Code:
    """A file that shows how to write the network in a framework.

    Attributes:
        framework: as a user names it.
        what: it is, in a few words.
        argument: FILE:CLASS, below the folder of the examples.
        module: that must be there.
        extra: of skipzeros, that installs it.
        dense: whether it multiplies by zeros.
    """

    framework: str
    what: str
    argument: str
    module: str = ""
    extra: str = ""
    dense: bool = False

    @property
    def network(self) -> NamedNetwork:
        """The file as a network."""
        return resolve([f"{FOLDER}/{self.argument}"])[0]

    @property
    def missing(self) -> str:
        """What is missing to run it, and how to get that; empty where nothing is."""
        if not self.module or find_spec(self.module):
            return ""
        return f"{self.module}: pip install 'skipzeros[{self.extra}]'"

    @property
    def text(self) -> str:
        """The code, without what makes it a network."""
        path = FOLDER / self.argument.partition(":")[0]
        return path.read_text("utf-8").partition(BELOW)[0].rstrip() + "\n"


CODES = (
    Code("numpy", "rows in numpy", "numpy_rows.py:NumpyRows"),
    Code("scipy", "CSR in scipy", "scipy_csr.py:ScipyCSR"),
    Code(
        "torch", "torch's EmbeddingBag(sparse=True)", "torch_embedding_bag.py:TorchEmbeddingBag",
        "torch", "torch",
    ),
    Code("numba", "loops in numba", "numba_loops.py:NumbaLoops", "numba", "compiled"),
    Code(
        "scikit-learn", "an estimator for scikit-learn", "sklearn_estimator.py:SklearnEstimator",
        "sklearn", "data",
    ),
)  # fmt: skip
# What most people begin with in torch; nobody is advised to write it.
LINEAR = Code("torch", "torch's Linear", "torch_linear.py:TorchLinear", "torch", "torch", True)
# How to call a network that comes with skipzeros.
CALLED = Code("skipzeros", "a network of skipzeros", "with_skipzeros.py")
FRAMEWORKS = (*(code.framework for code in CODES), CALLED.framework)


def code_of(framework: str) -> Code:
    """Return the code of a framework, one of FRAMEWORKS."""
    return next(code for code in (*CODES, CALLED) if code.framework == framework)


TORCH = code_of("torch")
_BY_NETWORK = {code.network.name: code for code in (*CODES, LINEAR)}


def code_by_network(network: str) -> Code | None:
    """Return the code that has this name as a network, if there is one."""
    return _BY_NETWORK.get(network)
