"""A fence without a topic, for tests of a guard's decisions."""

import math
import time
from dataclasses import dataclass, field

from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.log_position import LogPosition
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RuleBook


@dataclass
class FakeFence:
    """A fence that the test controls; its `rules` are the real ones.

    `reaches_back`: whether it knows all that can void any token. If not, it vouches for none.
    """

    rules: RuleBook = field(default_factory=RuleBook)
    fresh: bool = True
    reaches_back: bool = True

    def is_fresh(self) -> bool:
        """Whether the guard knows every change."""
        return self.fresh

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:  # noqa: ARG002 - as a fence has it
        """Whether the guard may accept a token."""
        return self.reaches_back

    def void(self, subject: str, *, below: int = 1) -> None:
        """Voids tokens that were issued from a version of `subject` below `below`, from now on.

        A grant, a token, a key or a secret has only version 1: `void("secret/...")`.

        Returns in the next millisecond, since records are dated by milliseconds: records appended before the call are
        judged as before, and those appended after it are void.
        """
        appended_at = math.floor(time.time() * 1000 + 1) / 1000
        change = PermissionChanged(subject=subject, version=below, void_below=VoidBelow(version=below))
        self.rules.apply(change, offset=len(self.rules), appended_at=appended_at)
        while time.time() < appended_at:
            time.sleep(0.0002)
