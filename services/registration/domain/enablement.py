"""One company's permission for one application to reach its data."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from grantstream.contracts.events.registration import Actor, AppDisabled, AppEnabled, EnablementState
from grantstream.contracts.void import VoidBelow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enablement:
    """A company's permission for an application. Version 0: the company has never enabled it."""

    state: EnablementState

    @classmethod
    def never_given(cls, app_id: str, company_id: str, now: datetime) -> Self:
        """That of a company that has never enabled the application."""
        # Version 0 is in no event, so the contract does not allow it.
        state = EnablementState.model_construct(
            app_id=app_id, company_id=company_id, enabled=False, version=0, updated_at=now
        )
        return cls(state=state)

    def enable(self, now: datetime) -> Self:
        """Enabled. Tokens that an earlier disabling voided stay void."""
        return self if self.state.enabled else self._changed(now, enabled=True, void_below=self.state.void_below)

    def disable(self, now: datetime) -> Self:
        """Disabled, with every token that was issued until now void."""
        if not self.state.enabled:
            return self
        bounds = self.state.void_below.raised_to(VoidBelow(version=self.state.version + 1))
        return self._changed(now, enabled=False, void_below=bounds)

    def event(self, actor: Actor | None = None) -> EnablementState:
        """The event of the present state; `actor`: who asked for the change."""
        kind: type[EnablementState] = AppEnabled if self.state.enabled else AppDisabled
        return kind.model_validate(self.state.model_dump() | {"actor": actor})

    def _changed(self, now: datetime, *, enabled: bool, void_below: VoidBelow) -> Self:
        changes = {
            "enabled": enabled,
            "void_below": void_below,
            "version": self.state.version + 1,
            "updated_at": now,
        }
        return replace(self, state=self.state.model_copy(update=changes))
