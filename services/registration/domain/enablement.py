"""One company's permission for one application to reach its data."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from grantstream.contracts import subjects
from grantstream.contracts.void import VoidBelow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enablement:
    """Whether a company has enabled an application. Version 0: it never has."""

    app_id: str
    company_id: str
    enabled: bool = False
    version: int = 0
    void_below: VoidBelow = field(default_factory=VoidBelow)
    updated_at: datetime

    @property
    def subject(self) -> str:
        """Its subject on the fence and in events."""
        return subjects.enablement(self.app_id, self.company_id)

    def enable(self, now: datetime) -> Self:
        """Enables the application. Tokens that were voided when it was disabled stay void."""
        if self.enabled:
            return self
        return replace(self, enabled=True, version=self.version + 1, updated_at=now)

    def disable(self, now: datetime) -> Self:
        """Disables the application, and voids all tokens issued until now."""
        if not self.enabled:
            return self
        version = self.version + 1
        bounds = self.void_below.raised_to(VoidBelow(version=version))
        return replace(self, enabled=False, version=version, void_below=bounds, updated_at=now)
