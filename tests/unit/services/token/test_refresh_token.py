"""What a use of a refresh token means, and what is left of a family."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grantstream.contracts.claims import Principal
from grantstream.contracts.void import VoidBelow
from services.token.domain.client import Client
from services.token.domain.client_authentication import UNNAMED_METHODS
from services.token.domain.enablement import Enablement
from services.token.domain.refresh_token import (
    RefreshPolicy,
    RefreshToken,
    Use,
    is_ended,
    judge_use,
    remaining_scopes,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
POLICY = RefreshPolicy()
SECOND = timedelta(seconds=1)
TOKEN = RefreshToken(
    digest=b"d",
    grant_id="g",
    generation=4,
    client_id="c",
    grant_type="password",
    principal=Principal.USER,
    company_id="co",
    user_id="u",
    scopes=("openid", "receipts.write"),
    app_version=5,
    enablement_version=2,
    user_version=3,
    authenticated_at=NOW,
    expires_at=NOW + timedelta(days=1),
)


def client(*scopes: str, void_below: VoidBelow | None = None) -> Client:
    return Client(
        client_id="c",
        version=9,
        disabled=False,
        scopes=scopes,
        grants=frozenset(),
        methods=UNNAMED_METHODS,
        void_below=void_below or VoidBelow(),
    )


def spent(ago: timedelta) -> RefreshToken:
    return replace(TOKEN, spent_at=NOW - ago)


@pytest.mark.parametrize(
    ("token", "newest_live", "use"),
    [
        (TOKEN, 4, Use.FIRST),
        (spent(9 * SECOND), 5, Use.LOST_ANSWER),
        (spent(11 * SECOND), 5, Use.REUSE),
        (spent(SECOND), 6, Use.REUSE),
        (spent(SECOND), None, Use.REUSE),
        (replace(TOKEN, expires_at=NOW), 4, Use.DEAD),
        (replace(TOKEN, revoked_at=NOW), None, Use.DEAD),
        (replace(spent(SECOND), revoked_at=NOW), 5, Use.DEAD),
    ],
)
def test_a_use_is_first_a_lost_answer_a_reuse_or_dead(token: RefreshToken, newest_live: int | None, use: Use) -> None:
    assert judge_use(token, newest_live=newest_live, now=NOW, policy=POLICY) is use


@pytest.mark.parametrize(
    "bounds",
    [VoidBelow(version=6), VoidBelow(grants={"password": 6}), VoidBelow(grants={"refresh_token": 6})],
    ids=["deactivated", "grant withdrawn", "refreshing withdrawn"],
)
def test_a_narrowing_of_the_application_ends_the_family(bounds: VoidBelow) -> None:
    assert is_ended(TOKEN, client=client(void_below=bounds), enablement=None, user=None)


def test_an_older_narrowing_and_another_grants_do_not() -> None:
    bounds = VoidBelow(version=5, grants={"authorization_code": 9}, scopes={"openid": 9})
    assert not is_ended(TOKEN, client=client(void_below=bounds), enablement=None, user=None)


def test_a_reverted_disabling_still_ends_the_family() -> None:
    enablement = Enablement(4, True, VoidBelow(version=3))
    assert is_ended(TOKEN, client=client(), enablement=enablement, user=None)


def test_a_lost_and_restored_scope_is_not_refreshed() -> None:
    app = client(
        "openid", "receipts.write", void_below=VoidBelow(scopes={"receipts.write": 6, "receipts.writeonly": 6})
    )
    assert remaining_scopes(TOKEN, app) == ("openid", "receipts.read")


def test_an_implied_scope_remains_if_the_application_has_it() -> None:
    assert remaining_scopes(TOKEN, client("receipts.read")) == ("receipts.read",)
    assert remaining_scopes(TOKEN, client("openid", "receipts.write")) == ("openid", "receipts.write")
    assert remaining_scopes(TOKEN, client()) == ()
