"""A user: login, roles, and the tokens that a change voids."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from grantstream.contracts.events.token import UserModified, UserRegistered
from grantstream.contracts.roles import Role
from grantstream.contracts.void import VoidBelow
from services.token.domain.login import checked_login


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user, as others see them, and the password's hash: an argon2id string in its standard encoding."""

    state: UserModified
    password_hash: str = field(repr=False)

    @classmethod
    def register(
        cls, *, user_id: str, company_id: str, login: str, password_hash: str, roles: frozenset[Role], now: datetime
    ) -> Self:
        """A new user. Raises InvalidInput for an invalid login."""
        state = UserModified(
            user_id=user_id,
            company_id=company_id,
            login=checked_login(login),
            roles=tuple(sorted(roles)),
            active=True,
            version=1,
            created_at=now,
            updated_at=now,
        )
        return cls(state=state, password_hash=password_hash)

    def modified(
        self,
        *,
        now: datetime,
        active: bool | None = None,
        roles: frozenset[Role] | None = None,
        password_hash: str | None = None,
    ) -> Self:
        """The user after a change; itself without one. None: no change of this field.

        Deactivation, the loss of a role and a new password void everything issued before: tokens, sessions and refresh
        families. A new role voids nothing.
        """
        before = self.state
        new_active = before.active if active is None else active
        new_roles = self.roles if roles is None else roles
        if (new_active, new_roles, password_hash) == (before.active, self.roles, None):
            return self
        version = before.version + 1
        narrows = (before.active and not new_active) or bool(self.roles - new_roles) or password_hash is not None
        changes = {
            "active": new_active,
            "roles": tuple(sorted(new_roles)),
            "version": version,
            "void_below": before.void_below.raised_to(VoidBelow(version=version) if narrows else VoidBelow()),
            "updated_at": now,
        }
        state = before.model_copy(update=changes)
        return replace(self, state=state, password_hash=password_hash or self.password_hash)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that the user holds now."""
        return frozenset(self.state.roles)

    @property
    def version(self) -> int:
        """The version of the state."""
        return self.state.version

    def registered_event(self) -> UserRegistered:
        """The event of a new user."""
        return UserRegistered.model_validate(self.state.model_dump())
