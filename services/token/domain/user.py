"""A user: login, roles, and the tokens that a change voids."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from grantstream.contracts import subjects
from grantstream.contracts.events.token import UserModified, UserRegistered
from grantstream.contracts.roles import Role
from grantstream.contracts.void import VoidBelow
from services.token.domain.login import checked_login


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user. `password_hash` is an argon2id string in its standard encoding."""

    user_id: str
    company_id: str
    login: str
    password_hash: str = field(repr=False)
    roles: frozenset[Role]
    active: bool
    version: int
    void_below: VoidBelow
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls, *, user_id: str, company_id: str, login: str, password_hash: str, roles: frozenset[Role], now: datetime
    ) -> Self:
        """A new user. Raises InvalidInput for an invalid login."""
        return cls(
            user_id=user_id,
            company_id=company_id,
            login=checked_login(login),
            password_hash=password_hash,
            roles=roles,
            active=True,
            version=1,
            void_below=VoidBelow(),
            created_at=now,
            updated_at=now,
        )

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
        new_active = self.active if active is None else active
        new_roles = self.roles if roles is None else roles
        if (new_active, new_roles, password_hash) == (self.active, self.roles, None):
            return self
        version = self.version + 1
        narrows = (self.active and not new_active) or bool(self.roles - new_roles) or password_hash is not None
        bound = VoidBelow(version=version) if narrows else VoidBelow()
        return replace(
            self,
            active=new_active,
            roles=new_roles,
            password_hash=password_hash or self.password_hash,
            version=version,
            void_below=self.void_below.raised_to(bound),
            updated_at=now,
        )

    @property
    def subject(self) -> str:
        """The user's subject on the fence and in events."""
        return subjects.user(self.user_id)

    def registered_event(self) -> UserRegistered:
        """The event of a new user."""
        return UserRegistered(**self._state())

    def modified_event(self) -> UserModified:
        """The event of a changed user."""
        return UserModified(**self._state())

    def _state(self) -> "dict[str, object]":
        return {
            "version": self.version,
            "void_below": self.void_below,
            "user_id": self.user_id,
            "company_id": self.company_id,
            "login": self.login,
            "roles": tuple(sorted(self.roles)),
            "active": self.active,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }
