"""Which tokens a signing key still vouches for after it is retired or withdrawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from grantstream.contracts.claims import CLOCK_TOLERANCE
from grantstream.contracts.events.token import KeyPublished
from grantstream.guard.refusal_codes import RefusalCode

_TOLERANCE: Final = CLOCK_TOLERANCE.total_seconds()


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """Since when a key is retired, and since when it is withdrawn, in epoch seconds; None: it is not.

    A retired key vouches only for tokens issued until then. A withdrawn one may have been stolen: it vouches for no
    request, and only for events appended before.
    """

    retired_at: float | None = None
    withdrawn_at: float | None = None

    @classmethod
    def from_event(cls, event: KeyPublished) -> Self:
        """The standing in an event."""
        # Retired at an unknown time: then no token issued after the key was made counts.
        retired_at = event.retired_at or (event.created_at if event.retired else None)
        return cls(_seconds(retired_at), _seconds(event.withdrawn_at))

    def narrowed_to(self, other: Self) -> "KeyStanding":
        """The earlier of each time of both, since no key ever comes back."""
        return KeyStanding(_earlier(self.retired_at, other.retired_at), _earlier(self.withdrawn_at, other.withdrawn_at))

    def refusal(self, *, issued_at: float, appended_at: float | None) -> RefusalCode | None:
        """Why a token of that key is refused; None if it is not. `appended_at` None: it came with a request."""
        if self.withdrawn_at is not None and (appended_at is None or appended_at >= self.withdrawn_at):
            return RefusalCode.KEY_WITHDRAWN
        if self.retired_at is not None and issued_at > self.retired_at + _TOLERANCE:
            return RefusalCode.KEY_RETIRED
        return None

    def has_ended(self, at: float) -> bool:
        """Whether it was retired or withdrawn at `at`, an append time."""
        is_withdrawn = self.withdrawn_at is not None and at >= self.withdrawn_at
        return is_withdrawn or (self.retired_at is not None and at > self.retired_at + _TOLERANCE)


def _seconds(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


def _earlier(left: float | None, right: float | None) -> float | None:
    return min((time for time in (left, right) if time is not None), default=None)
