"""When a token is valid: to the second at its end, with the clocks' tolerance at its beginning."""

import pytest

from grantstream.guard import RefusalCode
from tests.unit.guard.forging import NOW, Bench, forge, payload


@pytest.mark.parametrize(
    ("now", "code"),
    [(NOW + 599.999, None), (NOW + 600, RefusalCode.EXPIRED), (NOW + 10**6, RefusalCode.EXPIRED)],
)
def test_a_token_ends_when_it_says_without_tolerance(now: float, code: RefusalCode | None) -> None:
    bench = Bench()
    bench.now = now
    assert bench.code_of(forge()) is code


def test_a_remembered_token_ends_when_it_says() -> None:
    bench = Bench()
    token = forge()
    assert bench.code_of(token) is None
    bench.now = NOW + 600
    assert bench.code_of(token) is RefusalCode.EXPIRED


@pytest.mark.parametrize(("ahead", "code"), [(30, None), (31, RefusalCode.NOT_YET_VALID)])
def test_nbf_may_be_ahead_by_the_tolerance(ahead: int, code: RefusalCode | None) -> None:
    assert Bench().code_of(forge(payload(nbf=NOW + ahead))) is code


@pytest.mark.parametrize(("ahead", "code"), [(30, None), (31, RefusalCode.ISSUED_IN_FUTURE)])
def test_iat_may_be_ahead_by_the_tolerance(ahead: int, code: RefusalCode | None) -> None:
    assert Bench().code_of(forge(payload(iat=NOW + ahead))) is code


@pytest.mark.parametrize(("lifetime", "code"), [(3600, None), (3601, RefusalCode.LIFETIME_TOO_LONG)])
def test_no_token_lives_longer_than_the_fence_remembers(lifetime: int, code: RefusalCode | None) -> None:
    assert Bench().code_of(forge(payload(iat=NOW, nbf=NOW, exp=NOW + lifetime))) is code


@pytest.mark.parametrize("lifetime", [0, -1, -1_000_000])
def test_a_token_that_ends_before_it_begins_is_refused(lifetime: int) -> None:
    assert Bench().code_of(forge(payload(exp=NOW - 60 + lifetime))) is RefusalCode.LIFETIME_NOT_POSITIVE


@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
@pytest.mark.parametrize("value", [0, -1, 2**33, 2**63, 10**400])
def test_times_outside_all_sense_are_refused(name: str, value: int) -> None:
    assert Bench().code_of(forge(payload(**{name: value}))) is RefusalCode.TIME_OUT_OF_BOUNDS
