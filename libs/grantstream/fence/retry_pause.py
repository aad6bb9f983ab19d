"""How long to wait before trying again."""

import random
from dataclasses import dataclass


@dataclass(slots=True)
class RetryPause:
    """Pauses in seconds that double from `first` to `longest`, each shortened at random by up to a half.

    The chance in it keeps processes that failed together from trying again together.
    """

    first: float
    longest: float
    _next: float = 0.0

    def next(self) -> float:
        """The pause before the next try."""
        self._next = min(max(self._next * 2, self.first), self.longest)
        return self._next * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, protects nothing

    def reset(self) -> None:
        """Start again from `first`: something went well."""
        self._next = 0.0
