"""Reads rows for access decisions, none of them older than the fence's version."""

from dataclasses import dataclass

from grantstream.contracts import subjects
from grantstream.contracts.events.registration import AppState, EnablementState
from grantstream.fence import RuleBook, await_row
from grantstream.postgres.pool import connection
from grantstream.service.projected_rows import ProjectedRows
from services.token.domain.client import Client
from services.token.domain.enablement import Enablement
from services.token.domain.user import User
from services.token.projections import APPS, ENABLEMENTS
from services.token.store import users


@dataclass(frozen=True, slots=True)
class CurrentRows:
    """Reads applications, enablements and users.

    Every method raises DatabaseError, and RowBelowFloor if the newest row does not arrive in time. For projections it
    also raises RowBelowFloor while they may lack changes that the fence has forgotten.
    """

    projected: ProjectedRows

    @property
    def rules(self) -> RuleBook:
        """The rules of the fence."""
        return self.projected.rules

    def are_recent(self) -> bool:
        """Whether the projections have all changes that the fence may have forgotten."""
        return self.projected.projections.is_recent()

    async def client(self, app_id: str) -> Client | None:
        """The client of an application; None if there is no such application."""
        row = await self.projected.find(APPS, app_id)
        return None if row is None else Client.from_app(AppState.model_validate(row["state"]))

    async def enablement(self, app_id: str, company_id: str) -> Enablement | None:
        """A company's enablement of an application; None if it never had one."""
        row = await self.projected.find(ENABLEMENTS, app_id, company_id)
        return None if row is None else Enablement.from_state(EnablementState.model_validate(row["state"]))

    async def user(self, user_id: str) -> User | None:
        """A user by id; None if there is none."""

        async def read() -> User | None:
            async with connection(self.projected.pool) as acquired:
                return await users.find(acquired, user_id)

        return await await_row(self.rules, subjects.user(user_id), read, limit=self.projected.wait_limit)

    async def user_by_name(self, username: str) -> User | None:
        """A user by login or id; None if there is none."""
        async with connection(self.projected.pool) as acquired:
            user = await users.find_by_username(acquired, username)
        if user is None or user.version >= self.rules.floor(subjects.user(user.state.user_id)):
            return user
        return await self.user(user.state.user_id)
