"""What can go wrong and be told in one sentence: by the user, or by a network."""


class BadInput(ValueError):
    """Something the user gave is wrong: the message says what, where, and what to do (exit 2)."""


class Incorrect(Exception):
    """The network is not the network; the message says at which review and figure."""


class Failed(Exception):
    """The network could not be judged or timed; the message says what stopped it."""


class Uncertified(Exception):
    """No fault was found, but a pass is not, bit for bit, the pass that was judged."""
