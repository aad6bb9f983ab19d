"""The part of the fence that a guard needs."""

from typing import Protocol

from grantstream.contracts.log_position import LogPosition
from grantstream.fence.rules import RuleBook


class FenceView(Protocol):
    """The known rules, and whether they are complete enough."""

    @property
    def rules(self) -> RuleBook:
        """Floors and void rules."""
        ...

    def is_fresh(self) -> bool:
        """Whether this process may decide anything: its proof of being current is recent enough."""
        ...

    def vouches_for(self, position: LogPosition | None, *, issued_at: float) -> bool:
        """Whether every rule is known that can void a token whose issuer had read up to `position`; None: unknown."""
        ...
