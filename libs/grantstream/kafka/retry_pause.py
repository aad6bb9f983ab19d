"""Pauses between retries."""

import random
from dataclasses import dataclass


@dataclass(slots=True)
class RetryPause:
    """Pauses in seconds that double from `first` to `longest`, each shortened at random by up to a half.

    The randomness keeps processes that failed together from retrying together.
    """

    first: float
    longest: float
    _next: float = 0.0

    def next(self) -> float:
        """The pause before the next try."""
        self._next = min(max(self._next * 2, self.first), self.longest)
        return self._next * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, protects nothing

    def reset(self) -> None:
        """Starts again from `first`, after a success."""
        self._next = 0.0
