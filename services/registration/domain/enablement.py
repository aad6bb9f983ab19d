"""One company's permission for one application to reach its data."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from grantstream.contracts import subjects
from grantstream.contracts.void import VoidBelow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enablement:
    """Whether a company lets an application in. Version 0: the company has never enabled it."""

    app_id: str
    company_id: str
    enabled: bool = False
    version: int = 0
    void_below: VoidBelow = field(default_factory=VoidBelow)
    updated_at: datetime

    @property
    def subject(self) -> str:
        """What it is called on the fence and in events."""
        return subjects.enablement(self.app_id, self.company_id)

    def enable(self, now: datetime) -> Self:
        """Lets the application in. Tokens that an earlier disabling voided stay void."""
        if self.enabled:
            return self
        return replace(self, enabled=True, version=self.version + 1, updated_at=now)

    def disable(self, now: datetime) -> Self:
        """Shuts the application out, with every token that was issued until now."""
        if not self.enabled:
            return self
        version = self.version + 1
        bounds = self.void_below.raised_to(VoidBelow(version=version))
        return replace(self, enabled=False, version=version, void_below=bounds, updated_at=now)
