"""Users, companies, logins, passwords, roles."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantstream.contracts.invalid_input import InvalidInput
from grantstream.contracts.roles import Role
from services.token.domain.company import Company
from services.token.domain.login import as_user_id, checked_login, login_key
from services.token.domain.password_policy import PasswordPolicy
from services.token.domain.role_assignment import check_role_change
from services.token.domain.user import User
from services.token.errors import Forbidden

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DEVELOPER = frozenset({Role.DEVELOPER})


def user(roles: frozenset[Role] = DEVELOPER) -> User:
    return User.register(
        user_id="u", company_id="c", login="kim@example.com", password_hash="hash", roles=roles, now=NOW
    )


CHANGES = st.fixed_dictionaries(
    {
        "active": st.none() | st.booleans(),
        "roles": st.none() | st.frozensets(st.sampled_from(list(Role))),
        "password_hash": st.none() | st.just("other"),
    }
)


@given(st.lists(CHANGES, max_size=12))
def test_bounds_only_rise_and_only_by_narrowing(changes: list[dict[str, object]]) -> None:
    now = user()
    for change in changes:
        after = now.modified(now=NOW, **change)  # type: ignore[arg-type]
        deactivated = now.state.active and not after.state.active
        narrowed = deactivated or not now.roles <= after.roles or change["password_hash"] is not None
        assert after.version - now.version == (after is not now)
        bound = after.version if narrowed else now.state.void_below.version
        assert after.state.void_below.version == bound
        now = after


def test_an_event_of_a_user_says_nothing_of_the_password() -> None:
    assert "hash" not in user().registered_event().model_dump_json()
    assert "hash" not in repr(user())


@pytest.mark.parametrize(
    "login", ["", "ab", "a b", "a\tb", "x" * 255, "0b6f7c52-6c1c-4d0e-9d5e-3f1c5a8f7e21", "a\x00b"]
)
def test_a_login_that_cannot_be_one_is_refused(login: str) -> None:
    with pytest.raises(InvalidInput):
        checked_login(login)


def test_a_login_is_the_same_in_other_letters() -> None:
    assert login_key("Kim@Example.com") == login_key("kim@example.COM")


def test_a_user_id_is_told_from_a_login() -> None:
    user_id = str(uuid.uuid4())
    assert as_user_id(user_id.upper()) == user_id
    assert as_user_id("kim@example.com") is None


@pytest.mark.parametrize("password", ["short", "x" * 300, "KIM@example.com"])
def test_a_password_against_the_policy_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        PasswordPolicy().check(password, login="kim@example.com")


def company(*, is_platform: bool) -> Company:
    if is_platform:
        return Company.of_the_platform(company_id=str(uuid.uuid4()), now=NOW)
    return Company.open_sandbox(company_id=str(uuid.uuid4()), name="Acme", now=NOW)


def test_only_staff_appoint_staff_in_the_platform_company() -> None:
    staff = frozenset({Role.REVIEW_STAFF})
    check_role_change(by=staff, company=company(is_platform=True), before=frozenset(), after=staff)
    check_role_change(by=["administrator"], company=company(is_platform=False), before=frozenset(), after=DEVELOPER)
    with pytest.raises(Forbidden):
        check_role_change(by=["administrator"], company=company(is_platform=True), before=frozenset(), after=staff)
    with pytest.raises(Forbidden):
        check_role_change(by=["administrator"], company=company(is_platform=True), before=staff, after=frozenset())
    with pytest.raises(Forbidden):
        check_role_change(by=["administrator"], company=company(is_platform=True), before=staff, after=staff)
    with pytest.raises(InvalidInput):
        check_role_change(by=staff, company=company(is_platform=False), before=frozenset(), after=staff)


def test_a_sandbox_is_a_development_partner_with_own_domain() -> None:
    first, second = company(is_platform=False), company(is_platform=False)
    assert first.state.development_partner
    assert first.state.sandbox
    assert first.state.domain != second.state.domain


def test_a_decision_that_changes_nothing_is_no_change() -> None:
    sandbox = company(is_platform=False)
    assert sandbox.as_development_partner(True, now=NOW) is sandbox
    assert sandbox.as_development_partner(False, now=NOW).state.version == 2
