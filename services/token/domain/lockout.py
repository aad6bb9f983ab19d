"""The limit for guessing a password."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """After `attempts` failures without a success, further ones are refused for `seconds`."""

    attempts: int = 10
    seconds: int = 900
