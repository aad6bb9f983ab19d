"""What the platform's staff decided about an application."""

from dataclasses import dataclass

from grantstream.contracts.events.registration import Visibility
from services.registration.errors import ReviewNotComplete


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Whether the review is complete, to whom the application is visible, and whether it is suspended everywhere."""

    complete: bool = False
    visibility: Visibility = Visibility.PRIVATE
    suspended: bool = False

    def check(self) -> None:
        """Raises ReviewNotComplete for an application that would be visible to others before its review is done."""
        if self.visibility is not Visibility.PRIVATE and not self.complete:
            raise ReviewNotComplete
