"""A fence that stands still, for tests of what a guard decides."""

import math
import time
from dataclasses import dataclass, field

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RuleBook


@dataclass
class FenceAtHand:
    """As fresh as the test says. What is voided goes through `rules`, which is the real thing.

    `reaches_back`: whether it knows all that can void any token. If not, it vouches for none.
    """

    rules: RuleBook = field(default_factory=RuleBook)
    fresh: bool = True
    reaches_back: bool = True

    def is_fresh(self) -> bool:
        """Whether the guard knows of every change."""
        return self.fresh

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:  # noqa: ARG002 - as a fence has it
        """Whether the guard may go by a token."""
        return self.reaches_back

    def void(self, subject: str, *, below: int = 1) -> None:
        """From now on tokens are void that were issued from a version of `subject` below that one.

        A grant, a token, a key or a secret has the one version 1: `void("secret/...")`.

        Returns in the next millisecond, for records are dated by milliseconds: what was appended before is judged as
        before, and what is appended from now on is void.
        """
        told_at = math.floor(time.time() * 1000 + 1) / 1000
        change = PermissionChanged(subject=subject, version=below, void_below=VoidBelow(version=below))
        self.rules.apply(change, offset=len(self.rules), appended_at=told_at)
        while time.time() < told_at:
            time.sleep(0.0002)
