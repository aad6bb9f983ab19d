"""What a guard needs of the fence."""

from typing import Protocol

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
