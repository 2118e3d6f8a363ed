"""The parameters of a network, as in mine.py:Mine[block=16|32,layout=packed]."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from itertools import product
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ...impls.network import Network
from ..outcomes import BadInput

_FORM = re.compile(r"(?P<base>(?:.*\.py:)?[^\[\]]*)\[(?P<parameters>.*)\]", re.DOTALL)
_WORDS = {"true": True, "false": False, "none": None}
# What each network is built with by the harness.
_GIVEN = (
    "self", "weights_0_1", "weights_1_2", "learning_rate", "batch_size", "definition", "state",
)  # fmt: skip


def split(argument: str) -> tuple[str, str]:
    """Split an argument into the network and "[...]"; the latter is empty without parameters."""
    form = _FORM.fullmatch(argument)
    return (form["base"], f"[{form['parameters']}]") if form else (argument, "")


def expanded(argument: str) -> list[str]:
    """Return an argument for each combination of the values that parameters have.

    Raises:
        BadInput: a parameter has no name or no value, or is named twice.

    Example:
        >>> expanded("mine.py:Mine[block=16|32]")
        ['mine.py:Mine[block=16]', 'mine.py:Mine[block=32]']
    """
    base, listed = split(argument)
    if not listed:
        return [argument]
    choices: dict[str, list[str]] = {}
    for part in listed[1:-1].split(","):
        name, equals, values = (side.strip() for side in part.partition("="))
        several = [value.strip() for value in values.split("|")]
        if not (equals and name.isidentifier() and all(several)):
            raise BadInput(
                f"{argument}: {part.strip()!r} is no parameter: write [block=16] or [block=16|32]"
            )
        if name in choices:
            raise BadInput(f"{argument}: {name} is there twice; write [{name}=1|2] for both")
        choices[name] = several
    return [
        f"{base}[{','.join(f'{name}={value}' for name, value in zip(choices, row, strict=True))}]"
        for row in product(*choices.values())
    ]


def bound(network: type[Network], listed: str, argument: str) -> type[Network]:
    """Return a network that is built with parameters of its own.

    Args:
        listed: the parameters, each with one value, as split returns them; empty for none.

    Raises:
        BadInput: it doesn't take one of them, lacks one, or a value is of another kind.
    """
    given = dict(part.split("=", 1) for part in listed[1:-1].split(",")) if listed else {}
    taken = _own(network)
    where = f"{argument}: {network.__name__} takes {_shown(taken)}"
    unknown = [name for name in given if name not in taken]
    if unknown:
        raise BadInput(f"{where}, not {', '.join(unknown)}")
    missing = [
        name
        for name, parameter in taken.items()
        if parameter.default is parameter.empty and name not in given
    ]
    if missing:
        raise BadInput(f"{where}; give {', '.join(f'{name}=...' for name in missing)}")
    if not given:
        return network
    values = {name: _value(taken[name], text, where) for name, text in given.items()}

    def build(self: Any, *arguments: Any, **named: Any) -> None:
        network.__init__(self, *arguments, **{**named, **values})

    body = {"__init__": build, "__module__": network.__module__, "__doc__": network.__doc__}
    kind: Any = type(network)
    made: type[Network] = kind(network.__name__, (network,), body)
    return made


def _own(network: type[Network]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a network's __init__ beyond those of every network."""
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    hints = _hints(network)
    return {
        name: parameter.replace(annotation=hints.get(name, parameter.empty))
        for name, parameter in inspect.signature(network.__init__).parameters.items()
        if name not in _GIVEN and parameter.kind in named
    }


def _hints(network: type[Network]) -> dict[str, Any]:
    try:
        return get_type_hints(network.__init__)
    except Exception:
        # Names that are there for type checkers only.
        return {}


def _value(parameter: inspect.Parameter, text: str, where: str) -> Any:
    """Read a value as the parameter's type wants it, or its default is."""
    try:
        value = _WORDS[text.lower()] if text.lower() in _WORDS else ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    kind = parameter.annotation
    if get_origin(kind) is Literal:
        fits = [choice for choice in get_args(kind) if value == choice or text == choice]
        if not fits:
            choices = " or ".join(map(repr, get_args(kind)))
            raise BadInput(f"{where}; {parameter.name}={text}: must be {choices}")
        return fits[0]
    if kind is parameter.empty and isinstance(parameter.default, (bool, int, float, str)):
        kind = type(parameter.default)
    if kind is str:
        return value if isinstance(value, str) else text
    if kind is float and isinstance(value, int):
        return float(value)
    if kind in (bool, int, float) and type(value) is not kind:
        raise BadInput(f"{where}; {parameter.name}={text}: must be {kind.__name__}")
    return value


def _shown(taken: Mapping[str, inspect.Parameter]) -> str:
    return f"({', '.join(map(str, taken.values()))})" if taken else "no parameters"
