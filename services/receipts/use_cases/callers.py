"""Whose receipts a token may touch (Receipts API, section 3).

A user's token allows access to that user's receipts, a company's token to those of the company's users, an
application's token to none. The guard checks scopes, and all else that needs no database.
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
"""The company of an unknown or inactive user: no token belongs to it."""


async def demand_poster(parts: Parts, caller: AccessTokenClaims, user_id: str) -> str:
    """The company of the user, if the token may add receipts for the user.

    Raises AccessDenied, UserMismatch, or RowBelowFloor if the user's row is known to be outdated.
    """
    return await _company_of_user(parts, caller, WRITE, user_id, active_only=True)


async def demand_lister(parts: Parts, caller: AccessTokenClaims, user_id: str) -> str:
    """The company of the user, if the token may list the user's receipts. An inactive user still has receipts.

    Raises AccessDenied, UserMismatch, or RowBelowFloor if the user's row is known to be outdated.
    """
    return await _company_of_user(parts, caller, READ, user_id, active_only=False)


def demand_reader(parts: Parts, caller: AccessTokenClaims) -> str:
    """The token's company, if the token may read receipts. Raises AccessDenied and NotFound."""
    return _own_company(parts, caller, READ)


def demand_status_reader(parts: Parts, caller: AccessTokenClaims) -> str:
    """The same for the processing status, which a token for posting may also read. Raises AccessDenied, NotFound."""
    return _own_company(parts, caller, READ if allows(caller.scopes, "receipts.read") else WRITE)


def demand_owner(parts: Parts, caller: AccessTokenClaims, *, company_id: str, user_id: str) -> None:
    """Raises AccessDenied if the token may not read this receipt of its company."""
    parts.guard.demand(caller, Requirement(principals=_OWNERS), company_id=company_id, user_id=user_id)


async def _company_of_user(
    parts: Parts, caller: AccessTokenClaims, requirement: Requirement, user_id: str, *, active_only: bool
) -> str:
    parts.guard.demand(caller, requirement)
    if caller.principal is Principal.USER:
        # No row is read: the token names the user's company, and the fence voids the token if that changes.
        if caller.subject != user_id:
            raise UserMismatch
        company_id = caller.company_id or _NO_COMPANY
    else:
        company_id = await _known_company(parts, user_id, active_only=active_only)
    parts.guard.demand(caller, requirement, company_id=company_id, user_id=user_id)
    return company_id


async def _known_company(parts: Parts, user_id: str, *, active_only: bool) -> str:
    if not subjects.is_possible_id(user_id):
        return _NO_COMPANY  # no user has such an id, and a text column might not hold it
    user = await parts.rows.find(USERS, user_id)
    if user is None or (active_only and not user["active"]):
        return _NO_COMPANY
    return str(user["company_id"])


def _own_company(parts: Parts, caller: AccessTokenClaims, requirement: Requirement) -> str:
    parts.guard.demand(caller, requirement)
    if caller.company_id is None:
        raise NotFound
    return caller.company_id
