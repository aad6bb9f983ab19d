"""What the fence voids is refused at the next use, however well the token is known."""

import pytest

from grantstream.contracts.void import VoidBelow
from grantstream.guard import RefusalCode, StaleGuard, TokenRefused
from tests.unit.guard.forging import Bench, forge, header, payload

OUTRIGHT = ["grant/grant-1", "token/token-1", "key/ec-1", "secret/secret-1"]
BY_VERSION = [("app/app-1", 3), ("enablement/app-1/company-1", 2), ("user/user-1", 5)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("subject", OUTRIGHT)
def test_a_remembered_token_is_void_once_its_origin_is(bench: Bench, subject: str) -> None:
    token = forge()
    assert bench.code_of(token) is None
    bench.fence.void(subject)
    assert bench.code_of(token) is RefusalCode.TOKEN_VOID


@pytest.mark.parametrize("subject", OUTRIGHT)
def test_a_new_token_is_void_too(bench: Bench, subject: str) -> None:
    bench.fence.void(subject)
    with pytest.raises(TokenRefused, match=subject):
        bench.guard.authenticate(forge())


@pytest.mark.parametrize(("subject", "issued_from"), BY_VERSION)
def test_a_token_is_void_only_below_the_version_bound(bench: Bench, subject: str, issued_from: int) -> None:
    token = forge()
    bench.fence.void(subject, below=issued_from)
    assert bench.code_of(token) is None
    bench.fence.void(subject, below=issued_from + 1)
    assert bench.code_of(token) is RefusalCode.TOKEN_VOID


@pytest.mark.parametrize(
    "subject", ["app/app-2", "enablement/app-1/company-2", "user/user-2", "grant/grant-2", "key/rsa-1"]
)
def test_what_happens_to_others_voids_nothing(bench: Bench, subject: str) -> None:
    bench.fence.void(subject, below=100)
    assert bench.code_of(forge()) is None


def test_a_change_that_only_widens_voids_nothing(bench: Bench) -> None:
    bench.fence.tell("app/app-1", 100, VoidBelow())
    assert bench.code_of(forge()) is None


def test_a_scope_taken_away_voids_the_tokens_that_carry_it(bench: Bench) -> None:
    bench.fence.tell("app/app-1", 4, VoidBelow(scopes={"user.write": 4}))
    assert bench.code_of(forge()) is RefusalCode.TOKEN_VOID
    assert bench.code_of(forge(payload(scope="receipts.read"))) is None
    assert bench.code_of(forge(payload(app_version=4))) is None


def test_a_grant_taken_away_voids_the_tokens_that_it_gave(bench: Bench) -> None:
    bench.fence.tell("app/app-1", 4, VoidBelow(grants={"password": 4}))
    assert bench.code_of(forge()) is RefusalCode.TOKEN_VOID
    assert bench.code_of(forge(payload(grant_type="otp"))) is None


def test_a_user_rule_voids_no_company_token_of_the_same_id(bench: Bench) -> None:
    bench.fence.void("user/company-1", below=9)
    company = payload(concur_type="company", sub="company-1", user_version=None)
    assert bench.code_of(forge(company)) is None


def test_a_stale_guard_decides_nothing_and_gives_retry_time(bench: Bench) -> None:
    token = forge()
    assert bench.code_of(token) is None
    bench.fence.fresh = False
    with pytest.raises(StaleGuard) as refused:
        bench.guard.authenticate(token)
    assert refused.value.retry_after >= 1
    assert bench.counted == [RefusalCode.GUARD_STALE]
    bench.fence.fresh = True
    assert bench.code_of(token) is None


def test_a_stale_guard_still_reports_a_void_token(bench: Bench) -> None:
    bench.fence.fresh = False
    bench.fence.void("grant/grant-1")
    assert bench.code_of(forge()) is RefusalCode.TOKEN_VOID


@pytest.mark.parametrize("subject", OUTRIGHT)
def test_is_void_recognises_a_voided_token(bench: Bench, subject: str) -> None:
    token = forge()
    assert not bench.guard.is_void(token)
    bench.fence.void(subject)
    assert bench.guard.is_void(token)


def test_a_token_of_an_unknown_key_does_not_count_as_void(bench: Bench) -> None:
    """The key may be on its way; what is no token at all counts as void."""
    assert not bench.guard.is_void(forge(head=header(kid="next")))
    assert bench.guard.is_void("no token at all")
