"""What can go wrong and be told in one sentence: by the user, or by a network."""

# Exit codes; where several hold, the first of 2, 3, 6, 5, 4, 1 counts.
SLOWER, BAD_INPUT, INCORRECT, INCONCLUSIVE, NO_BASELINE, FAILED = 1, 2, 3, 4, 5, 6


class BadInput(ValueError):
    """Something the user gave is wrong: the message says what, where, and what to do (exit 2)."""


class Incorrect(Exception):
    """The network is not the network; the message says at which review and figure."""


class Failed(Exception):
    """The network could not be judged or timed; the message says what stopped it."""


class Uncertified(Exception):
    """No fault was found, but a pass is not, bit for bit, the pass that was judged."""
