"""A key that is not the current one any more vouches for what was issued and appended in its time, and nothing else."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from grantstream.contracts.claims import API_AUDIENCE, CLOCK_TOLERANCE
from grantstream.contracts.events.token import KeyPublished
from grantstream.contracts.topics import APP_ENABLED
from grantstream.guard import Guard, Refusal, RefusalCode
from grantstream.guard.key_standing import KeyStanding
from grantstream.testing import Mint, signed_record
from grantstream.testing.mint import producer_claims
from tests.unit.guard.test_event_proofs import enabled

NOW = float(int(time.time()))
TOLERANCE = CLOCK_TOLERANCE.total_seconds()
MINT = Mint()


def published(**changes: Any) -> KeyPublished:
    fields: dict[str, Any] = {"version": 1, "kid": MINT.kid, "jwk": MINT.jwk, "created_at": _time(NOW - 90)}
    return KeyPublished(**fields | changes)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def asked(standing: KeyStanding, *, issued_at: float, appended_at: float | None = None) -> RefusalCode | None:
    """What becomes of a request, or of an event that the broker took at `appended_at`."""
    keys = MINT.keys()
    assert keys.narrow(MINT.kid, standing)
    now = appended_at or issued_at + 1
    guard = MINT.guard(keys=keys, audience=API_AUDIENCE, now=lambda: now)
    claims = producer_claims(now=issued_at)
    try:
        if appended_at is None:
            guard.authenticate(MINT.token(claims, audience=API_AUDIENCE))
        else:
            record = signed_record(MINT.token(claims), enabled(1))
            guard.read_event(
                topic=APP_ENABLED,
                key=record.key,
                headers=record.headers,
                value=record.value,
                appended_at=appended_at,
            )
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("is_event", [False, True])
@pytest.mark.parametrize(
    ("later", "code"),
    [(-100, None), (0, None), (TOLERANCE, None), (TOLERANCE + 1, RefusalCode.KEY_RETIRED)],
)
def test_a_retired_key_vouches_for_what_was_issued_before(
    later: float, code: RefusalCode | None, is_event: bool
) -> None:
    issued_at = NOW + later
    appended_at = issued_at + 600 if is_event else None
    assert asked(KeyStanding(retired_at=NOW), issued_at=issued_at, appended_at=appended_at) is code


@pytest.mark.parametrize("later", [-100, 100])
def test_a_withdrawn_key_vouches_for_no_request(later: float) -> None:
    assert asked(KeyStanding(withdrawn_at=NOW), issued_at=NOW + later) is RefusalCode.KEY_WITHDRAWN


@pytest.mark.parametrize(
    ("later", "code"), [(-1, None), (0, RefusalCode.KEY_WITHDRAWN), (60, RefusalCode.KEY_WITHDRAWN)]
)
def test_a_withdrawn_key_vouches_for_events_appended_before(later: float, code: RefusalCode | None) -> None:
    assert asked(KeyStanding(withdrawn_at=NOW), issued_at=NOW - 100, appended_at=NOW + later) is code


def test_a_remembered_token_of_a_withdrawn_key_is_refused() -> None:
    keys = MINT.keys()
    guard: Guard = MINT.guard(keys=keys, audience=API_AUDIENCE, now=lambda: NOW)
    token = MINT.token(producer_claims(now=NOW), audience=API_AUDIENCE)
    guard.authenticate(token)
    keys.narrow(MINT.kid, KeyStanding(withdrawn_at=NOW))
    with pytest.raises(Refusal) as refused:
        guard.authenticate(token)
    assert refused.value.code is RefusalCode.KEY_WITHDRAWN


def test_no_key_ever_comes_back() -> None:
    keys = MINT.keys()
    assert keys.narrow(MINT.kid, KeyStanding(retired_at=NOW))
    assert not keys.narrow(MINT.kid, KeyStanding())
    assert not keys.narrow(MINT.kid, KeyStanding(retired_at=NOW + 1))
    assert keys.narrow(MINT.kid, KeyStanding(retired_at=NOW - 1, withdrawn_at=NOW))
    assert keys.standing(MINT.kid) == KeyStanding(NOW - 1, NOW)


def test_nothing_is_kept_of_keys_that_are_not_known() -> None:
    keys = MINT.keys()
    assert not keys.narrow("stranger", KeyStanding(retired_at=NOW))
    assert keys.standing("stranger") is None


def test_a_standing_is_read_from_an_event_worst_if_undated() -> None:
    assert KeyStanding.from_event(published()) == KeyStanding()
    assert KeyStanding.from_event(published(retired=True, retired_at=_time(NOW))) == KeyStanding(retired_at=NOW)
    assert KeyStanding.from_event(published(withdrawn_at=_time(NOW))) == KeyStanding(withdrawn_at=NOW)
    assert KeyStanding.from_event(published(retired=True)) == KeyStanding(retired_at=NOW - 90)
