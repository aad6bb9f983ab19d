"""The default callback of programs that count nothing."""


def no_op(*_: object) -> None:
    """Does nothing."""
