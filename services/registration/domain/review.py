"""The decision of the platform's staff about an application."""

from dataclasses import dataclass

from grantstream.contracts.events.registration import Visibility
from grantstream.contracts.invalid_input import InvalidInput
from services.registration.domain.key_space import faults_of_key_space
from services.registration.errors import ReviewNotComplete


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Whether the review is complete, the application's visibility, and whether it is suspended everywhere.

    `key_space`: the subjects whose events it may publish.
    """

    complete: bool = False
    visibility: Visibility = Visibility.PRIVATE
    suspended: bool = False
    key_space: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises InvalidInput, and ReviewNotComplete if the application would be visible before that."""
        if faults := list(faults_of_key_space(self.key_space)):
            raise InvalidInput(*faults)
        if self.visibility is not Visibility.PRIVATE and not self.complete:
            raise ReviewNotComplete
