"""When guessing of a password is stopped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """After `attempts` failures without a success, none is taken for `seconds`."""

    attempts: int = 10
    seconds: int = 900
