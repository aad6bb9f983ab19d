"""Access = the user's permissions + the token's claims + the application's scopes. One function decides.

Each of the three only limits: a scope gives an application no right that the user lacks, and a permission gives a
user no right that the application was not granted.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.contracts.scopes import allows
from grantstream.guard.refusal_codes import RefusalCode

ANY_PRINCIPAL: Final = frozenset(Principal)


class Missing(StrEnum):
    """Which of the three parts of access was missing."""

    SCOPE = "scope"
    CLAIM = "claim"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation requires of a token.

    `scope` None: no scope is needed. `principals`: the kinds of tokens that are allowed. `roles`: the user must hold
    one of these; empty: none is needed. Since only users hold roles, naming roles excludes all other principals.
    """

    scope: str | None = None
    principals: frozenset[Principal] = ANY_PRINCIPAL
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether access is given; if not, which part was `missing` and why. `wanted_scope`: the missing scope."""

    code: RefusalCode | None = None
    missing: Missing | None = None
    reason: str = ""
    wanted_scope: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether access is given."""
        return self.code is None


_ALLOWED: Final = Decision()


def decide(
    claims: AccessTokenClaims,
    requirement: Requirement,
    *,
    company_id: str | None = None,
    user_id: str | None = None,
) -> Decision:
    """Whether a valid token meets `requirement`.

    `company_id` and `user_id`: those of the requested object, if it has them. A user's object can be reached by that
    user and by tokens of the user's company, so for a user's object give the company as well.
    """
    if requirement.scope is not None and not allows(claims.scopes, requirement.scope):
        return _no_scope(requirement.scope)
    if claims.principal not in requirement.principals:
        return _no_claim(RefusalCode.PRINCIPAL_NOT_ALLOWED, f"not for tokens of kind {claims.principal}")
    if company_id is not None and claims.company_id != company_id:
        return _no_claim(RefusalCode.COMPANY_MISMATCH, "the token is for another company, or for none")
    if user_id is not None and not _acts_for(claims, user_id, company_id):
        return _no_claim(RefusalCode.USER_MISMATCH, "the token does not act for this user")
    if requirement.roles and not _holds_one_of(claims, requirement.roles):
        return _no_permission(requirement.roles)
    return _ALLOWED


def _acts_for(claims: AccessTokenClaims, user_id: str, company_id: str | None) -> bool:
    match claims.principal:
        case Principal.USER:
            return claims.subject == user_id
        case Principal.COMPANY:
            # It acts for all users of its company; without a company the user may be of another one.
            return company_id is not None
        case Principal.APPLICATION:
            return False


def _holds_one_of(claims: AccessTokenClaims, roles: frozenset[Role]) -> bool:
    return claims.principal is Principal.USER and not roles.isdisjoint(claims.roles)


def _no_scope(scope: str) -> Decision:
    return Decision(RefusalCode.SCOPE_MISSING, Missing.SCOPE, f"the access token lacks the scope {scope}", scope)


def _no_claim(code: RefusalCode, reason: str) -> Decision:
    return Decision(code, Missing.CLAIM, reason)


def _no_permission(roles: frozenset[Role]) -> Decision:
    wanted = " or ".join(sorted(roles))
    return Decision(RefusalCode.PERMISSION_MISSING, Missing.PERMISSION, f"the user is not {wanted}")
