"""Whose receipts a token may touch (Receipts API, section 3).

A user's token opens that user's receipts, a company's token those of the users of the company. An application's token
opens none. The scopes are checked by the guard, and so is everything that no reading of the database is needed for.
"""

from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.scopes import allows
from grantstream.guard import Requirement
from services.receipts.errors import NotFound, UserMismatch
from services.receipts.projections import USERS
from services.receipts.use_cases.parts import Parts

_OWNERS: Final = frozenset({Principal.USER, Principal.COMPANY})
READ: Final = Requirement("receipts.read", _OWNERS)
WRITE: Final = Requirement("receipts.writeonly", _OWNERS)

_NO_COMPANY: Final = ""
"""The company of a user of whom nothing is known, or who takes in nothing more: no token is of it."""


async def demand_poster(parts: Parts, caller: AccessTokenClaims, user_id: str) -> str:
    """The company of the user, for whom the token may add receipts.

    Raises AccessDenied, UserMismatch, or RowBelowFloor if what is known of the user is known to be old.
    """
    return await _company_of_user(parts, caller, WRITE, user_id, active_only=True)


async def demand_lister(parts: Parts, caller: AccessTokenClaims, user_id: str) -> str:
    """The company of the user, whose receipts the token may list. A user who left still has receipts.

    Raises AccessDenied, UserMismatch, or RowBelowFloor if what is known of the user is known to be old.
    """
    return await _company_of_user(parts, caller, READ, user_id, active_only=False)


def demand_reader(parts: Parts, caller: AccessTokenClaims) -> str:
    """The company among whose receipts the token may look. Raises AccessDenied and NotFound."""
    return _own_company(parts, caller, READ)


def demand_status_reader(parts: Parts, caller: AccessTokenClaims) -> str:
    """The same for the processing status, which the poster of a receipt may see too. Raises AccessDenied, NotFound."""
    return _own_company(parts, caller, READ if allows(caller.scopes, "receipts.read") else WRITE)


def demand_owner(parts: Parts, caller: AccessTokenClaims, *, company_id: str, user_id: str) -> None:
    """Raises AccessDenied if a receipt of the token's company is not the token's to see."""
    parts.guard.demand(caller, Requirement(principals=_OWNERS), company_id=company_id, user_id=user_id)


async def _company_of_user(
    parts: Parts, caller: AccessTokenClaims, requirement: Requirement, user_id: str, *, active_only: bool
) -> str:
    parts.guard.demand(caller, requirement)
    if caller.principal is Principal.USER:
        # No row is read: the token names the user's company, and the fence says when that is no longer so.
        if caller.subject != user_id:
            raise UserMismatch
        company_id = caller.company_id or _NO_COMPANY
    else:
        company_id = await _known_company(parts, user_id, active_only=active_only)
    parts.guard.demand(caller, requirement, company_id=company_id, user_id=user_id)
    return company_id


async def _known_company(parts: Parts, user_id: str, *, active_only: bool) -> str:
    if not subjects.is_possible_id(user_id):
        return _NO_COMPANY  # no user is called so, and no text column could hold it
    user = await parts.rows.find(USERS, user_id)
    if user is None or (active_only and not user["active"]):
        return _NO_COMPANY
    return str(user["company_id"])


def _own_company(parts: Parts, caller: AccessTokenClaims, requirement: Requirement) -> str:
    parts.guard.demand(caller, requirement)
    if caller.company_id is None:
        raise NotFound
    return caller.company_id
