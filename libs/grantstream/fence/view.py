"""What a guard needs of the fence."""

from typing import Protocol

from grantstream.contracts.log_position import LogPosition
from grantstream.fence.rules import RuleBook


class FenceView(Protocol):
    """The rules as far as they are known, and whether that is far enough."""

    @property
    def rules(self) -> RuleBook:
        """Floors and void rules."""
        ...

    def is_fresh(self) -> bool:
        """Whether this process may decide anything: its proof of being current is not older than allowed."""
        ...

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:
        """Whether all is known here that can void a token whose issuer had read up to `position`; None: unknown."""
        ...
