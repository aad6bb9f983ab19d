"""Rows that access depends on, none of them older than the fence knows of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from grantstream.contracts import subjects
from grantstream.events.consuming.projection_recency import Recency
from grantstream.fence import FenceView, await_row
from grantstream.service.postgres import Pool, connection
from services.token.domain.client import Client
from services.token.domain.enablement import Enablement
from services.token.domain.user import User
from services.token.errors import Unavailable
from services.token.store import apps, enablements, users

RowT = TypeVar("RowT", Client, Enablement, User)


@dataclass(frozen=True, slots=True)
class CurrentRows:
    """Reads applications, enablements and users. `wait_limit`: seconds to wait for a row that is on its way.

    Every method raises RowBelowFloor if the row does not come in time, and DatabaseError; those that read projections
    raise Unavailable if these lack changes that the fence may have forgotten.
    """

    pool: Pool
    fence: FenceView
    projections: Recency
    wait_limit: float = 1.0

    async def client(self, app_id: str) -> Client | None:
        """The client that an application is; None if there is no such application."""

        async def read() -> Client | None:
            async with connection(self.pool) as acquired:
                return await apps.find_client(acquired, app_id)

        self._require_recent()
        return await self._current(subjects.app(app_id), read)

    async def enablement(self, app_id: str, company_id: str) -> Enablement | None:
        """A company's permission for an application; None if it never gave one."""

        async def read() -> Enablement | None:
            async with connection(self.pool) as acquired:
                return await enablements.find(acquired, app_id, company_id)

        self._require_recent()
        return await self._current(subjects.enablement(app_id, company_id), read)

    async def user(self, user_id: str) -> User | None:
        """A user by id; None if there is none."""

        async def read() -> User | None:
            async with connection(self.pool) as acquired:
                return await users.find(acquired, user_id)

        return await self._current(subjects.user(user_id), read)

    async def user_by_name(self, username: str) -> User | None:
        """A user by login or id; None if there is none."""
        async with connection(self.pool) as acquired:
            found = await users.find_by_username(acquired, username)
        if found is None or found.version >= self.fence.rules.floor(subjects.user(found.user_id)):
            return found
        return await self.user(found.user_id)

    def _require_recent(self) -> None:
        if not self.projections.is_recent():
            raise Unavailable("the projection of registration's events is too far behind")

    async def _current(self, subject: str, read: Callable[[], Awaitable[RowT | None]]) -> RowT | None:
        return await await_row(self.fence.rules, subject, read, limit=self.wait_limit)
