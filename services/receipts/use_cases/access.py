"""Whose receipts a token may touch (Receipts API, section 3).

A user's token opens that user's receipts, a company's token those of the users of the company. An application's token
opens none. The scopes are checked by the guard, and so is everything that no reading of the database is needed for.
"""

from dataclasses import dataclass
from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.scopes import allows
from grantstream.events.consuming.projection_recency import Recency, refuse_far_behind
from grantstream.fence import RuleBook, await_row
from grantstream.guard import Guard, Requirement
from grantstream.service.postgres import Pool, connection
from services.receipts.errors import NotFound, UserMismatch
from services.receipts.store import users

_OWNERS: Final = frozenset({Principal.USER, Principal.COMPANY})
READ: Final = Requirement("receipts.read", _OWNERS)
WRITE: Final = Requirement("receipts.writeonly", _OWNERS)

_NO_COMPANY: Final = ""
"""The company of a user of whom nothing is known, or who takes in nothing more: no token is of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Decides with the guard of the process, and with what is known of users: `projections` tells how recently."""

    guard: Guard
    rules: RuleBook
    projections: Recency
    pool: Pool
    row_wait_limit: float

    async def to_add(self, claims: AccessTokenClaims, user_id: str) -> str:
        """The company of the user, for whom the token may add receipts.

        Raises AccessDenied, UserMismatch, or RowBelowFloor if what is known of the user is known to be old.
        """
        return await self._company_of_user(claims, WRITE, user_id, active_only=True)

    async def to_list(self, claims: AccessTokenClaims, user_id: str) -> str:
        """The company of the user, whose receipts the token may list. A user who left still has receipts.

        Raises AccessDenied, UserMismatch, or RowBelowFloor if what is known of the user is known to be old.
        """
        return await self._company_of_user(claims, READ, user_id, active_only=False)

    def to_read(self, claims: AccessTokenClaims) -> str:
        """The company among whose receipts the token may look. Raises AccessDenied."""
        return self._own_company(claims, READ)

    def to_read_status(self, claims: AccessTokenClaims) -> str:
        """The same for the processing status, which whoever posts is told to look at. Raises AccessDenied."""
        return self._own_company(claims, READ if allows(claims.scopes, "receipts.read") else WRITE)

    def refuse_other_owner(self, claims: AccessTokenClaims, *, company_id: str, user_id: str) -> None:
        """Raises AccessDenied if a receipt of the token's company is not the token's to see."""
        self.guard.demand(claims, Requirement(principals=_OWNERS), company_id=company_id, user_id=user_id)

    async def _company_of_user(
        self, claims: AccessTokenClaims, requirement: Requirement, user_id: str, *, active_only: bool
    ) -> str:
        self.guard.demand(claims, requirement)
        if claims.principal is Principal.USER:
            # No row is read: the token tells the user's company, and the fence when that is no longer so.
            if claims.subject != user_id:
                raise UserMismatch
            company_id = claims.company_id or _NO_COMPANY
        else:
            company_id = await self._known_company(user_id, active_only=active_only)
        self.guard.demand(claims, requirement, company_id=company_id, user_id=user_id)
        return company_id

    async def _known_company(self, user_id: str, *, active_only: bool) -> str:
        if not subjects.is_possible_id(user_id):
            return _NO_COMPANY  # no user is called so, and no text column could hold it

        async def read() -> users.KnownUser | None:
            async with connection(self.pool) as acquired:
                return await users.find(acquired, user_id)

        refuse_far_behind(self.projections, subjects.user(user_id))
        user = await await_row(self.rules, subjects.user(user_id), read, limit=self.row_wait_limit)
        if user is None or (active_only and not user.active):
            return _NO_COMPANY
        return user.company_id

    def _own_company(self, claims: AccessTokenClaims, requirement: Requirement) -> str:
        self.guard.demand(claims, requirement)
        if claims.company_id is None:
            raise NotFound
        return claims.company_id
