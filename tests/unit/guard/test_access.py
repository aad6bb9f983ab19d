"""Access = the user's permissions + the token's claims + the application's scopes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.claims import AccessTokenClaims, Principal
from grantstream.contracts.roles import Role
from grantstream.contracts.scope_catalogue import CATALOGUE
from grantstream.contracts.scopes import allows
from grantstream.guard import AccessDenied, Missing, RefusalCode, Requirement, decide
from tests.unit.guard.forging import Bench, forge, payload

USER = Bench().guard.authenticate(forge())
COMPANY = replace(USER, principal=Principal.COMPANY, subject="company-1", roles=frozenset(), user_version=None)
APPLICATION = replace(COMPANY, principal=Principal.APPLICATION, subject="app-1", company_id=None)
WEB_ADMIN = Requirement("user.write", roles=frozenset({Role.WEB_SERVICES_ADMINISTRATOR}))
NOT_APPLICATIONS = frozenset({Principal.USER, Principal.COMPANY})


def test_nothing_asked_for_is_given_to_everyone() -> None:
    assert all(decide(claims, Requirement()).allowed for claims in (USER, COMPANY, APPLICATION))


def test_a_missing_scope_is_named() -> None:
    decision = decide(USER, Requirement("receipts.write"))
    assert (decision.allowed, decision.missing, decision.code) == (False, "scope", RefusalCode.SCOPE_MISSING)
    assert "receipts.write" in decision.reason
    assert decision.wanted_scope == "receipts.write"


def test_a_write_scope_includes_read_and_writeonly() -> None:
    assert decide(USER, Requirement("user.read")).allowed
    assert decide(USER, Requirement("user.writeonly")).allowed


def test_an_application_is_refused_what_is_not_for_it() -> None:
    requirement = Requirement("receipts.read", principals=NOT_APPLICATIONS)
    decision = decide(APPLICATION, requirement)
    assert (decision.missing, decision.code) == ("claim", RefusalCode.PRINCIPAL_NOT_ALLOWED)
    assert decide(USER, requirement).allowed
    assert decide(COMPANY, requirement).allowed


@pytest.mark.parametrize("claims", [USER, COMPANY])
def test_tokens_reach_their_own_company_only(claims: AccessTokenClaims) -> None:
    assert decide(claims, Requirement(), company_id="company-1").allowed
    decision = decide(claims, Requirement(), company_id="company-2")
    assert (decision.missing, decision.code) == (Missing.CLAIM, RefusalCode.COMPANY_MISMATCH)


def test_an_application_without_a_company_reaches_none() -> None:
    assert decide(APPLICATION, Requirement(), company_id="company-1").code is RefusalCode.COMPANY_MISMATCH


def test_a_user_reaches_the_own_things_only() -> None:
    assert decide(USER, Requirement(), company_id="company-1", user_id="user-1").allowed
    decision = decide(USER, Requirement(), company_id="company-1", user_id="user-2")
    assert (decision.missing, decision.code) == (Missing.CLAIM, RefusalCode.USER_MISMATCH)


def test_a_company_token_reaches_the_users_of_the_company() -> None:
    assert decide(COMPANY, Requirement(), company_id="company-1", user_id="user-2").allowed
    assert decide(COMPANY, Requirement(), company_id="company-2", user_id="user-2").code is RefusalCode.COMPANY_MISMATCH


def test_a_company_token_reaches_no_user_of_unknown_company() -> None:
    assert decide(COMPANY, Requirement(), user_id="user-2").code is RefusalCode.USER_MISMATCH


def test_an_application_token_acts_for_no_user() -> None:
    of_a_company = replace(APPLICATION, company_id="company-1")
    assert (
        decide(of_a_company, Requirement(), company_id="company-1", user_id="app-1").code is RefusalCode.USER_MISMATCH
    )


def test_a_missing_permission_is_named() -> None:
    decision = decide(USER, WEB_ADMIN)
    assert (decision.missing, decision.code) == ("permission", RefusalCode.PERMISSION_MISSING)
    assert "web_services_administrator" in decision.reason


def test_any_of_the_permissions_is_enough() -> None:
    either = Requirement("user.write", roles=frozenset({Role.ADMINISTRATOR, Role.DEVELOPER}))
    assert decide(USER, either).allowed


@pytest.mark.parametrize("claims", [COMPANY, APPLICATION])
def test_only_users_administer_whatever_roles_are_claimed(claims: AccessTokenClaims) -> None:
    dressed_up = replace(claims, roles=frozenset(Role))
    assert decide(dressed_up, WEB_ADMIN).code is RefusalCode.PERMISSION_MISSING


def test_a_permission_does_not_stand_in_for_a_scope() -> None:
    admin = replace(USER, roles=frozenset(Role), scopes=frozenset())
    assert decide(admin, WEB_ADMIN).missing == "scope"


def test_the_guard_raises_and_counts_what_is_denied() -> None:
    bench = Bench()
    with pytest.raises(AccessDenied, match=r"receipts\.write") as denied:
        bench.guard.demand(USER, Requirement("receipts.write"))
    assert denied.value.decision.missing is Missing.SCOPE
    assert bench.counted == [RefusalCode.SCOPE_MISSING]
    bench.guard.demand(USER, Requirement("receipts.read"), company_id="company-1")


scopes = st.frozensets(st.sampled_from(sorted(CATALOGUE)))
roles = st.frozensets(st.sampled_from(list(Role)))
optional_company = st.sampled_from([None, "company-1", "company-2"])
optional_user = st.sampled_from([None, "user-1", "user-2"])


@st.composite
def tokens(draw: st.DrawFn) -> AccessTokenClaims:
    claims = draw(st.sampled_from([USER, COMPANY, APPLICATION]))
    return replace(claims, scopes=draw(scopes), roles=draw(roles))


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    scope = draw(st.none() | st.sampled_from(sorted(CATALOGUE)))
    return Requirement(scope, draw(st.frozensets(st.sampled_from(list(Principal)))), draw(roles))


@given(tokens(), requirements(), optional_company, optional_user, scopes)
def test_a_scope_never_adds_a_right(
    claims: AccessTokenClaims,
    requirement: Requirement,
    company_id: str | None,
    user_id: str | None,
    more: frozenset[str],
) -> None:
    """With every scope there is, a token passes only what its claims and permissions pass."""
    before = decide(claims, requirement, company_id=company_id, user_id=user_id)
    widened = replace(claims, scopes=claims.scopes | more)
    after = decide(widened, requirement, company_id=company_id, user_id=user_id)
    if before.missing not in (None, Missing.SCOPE):
        assert after == before
    if before.allowed:
        assert after.allowed


@given(tokens(), requirements(), optional_company, optional_user)
def test_access_needs_all_three_parts(
    claims: AccessTokenClaims, requirement: Requirement, company_id: str | None, user_id: str | None
) -> None:
    if not decide(claims, requirement, company_id=company_id, user_id=user_id).allowed:
        return
    assert requirement.scope is None or allows(claims.scopes, requirement.scope)
    assert claims.principal in requirement.principals
    assert company_id in (None, claims.company_id)
    assert not requirement.roles or (claims.principal is Principal.USER and claims.roles & requirement.roles)


def test_a_company_token_in_a_payload_is_read_as_one() -> None:
    claims = Bench().guard.authenticate(forge(payload(concur_type="company", sub="company-1", user_version=None)))
    assert claims.principal is Principal.COMPANY
