"""How a definition reaches the harness: by its name, or from a user's file."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ..definitions.classifier import Classifier, ClassifierAdagrad, ClassifierMean
from ..definitions.definition import Definition
from ..definitions.lesson import Lesson
from ..definitions.logistic import Logistic
from ..outcomes import BadInput
from .importing import from_file

BUILTIN: dict[str, type[Definition]] = {
    one.name: one for one in (Lesson, Logistic, Classifier, ClassifierMean, ClassifierAdagrad)
}
_FILE = re.compile(r"(?P<path>.+\.py):(?P<name>[^\W\d]\w*)")


@cache
def defined(argument: str) -> Definition:
    """Return the definition of a name, or of FILE.py:CLASS.

    Raises:
        BadInput: there is none.
    """
    if argument in BUILTIN:
        return BUILTIN[argument]()
    form = _FILE.fullmatch(argument)
    if form is None:
        raise BadInput(
            f"definition={argument!r}: there are {', '.join(BUILTIN)}, and FILE.py:CLASS"
        )
    path = Path(form["path"])
    if not path.is_file():
        raise BadInput(f"definition={argument!r}: there is no file {path}")
    try:
        found = from_file(path, form["name"])
    except BadInput:
        raise
    # A script that isn't meant to be imported may end its process.
    except (Exception, SystemExit) as error:
        raise BadInput(f"definition={argument!r}: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Definition)):
        raise BadInput(
            f"definition={argument!r}: {form['name']} is not derived from "
            "skipzeros.definitions.Definition"
        )
    try:
        return found()
    except TypeError as error:
        raise BadInput(f"definition={argument!r}: {error}") from error
