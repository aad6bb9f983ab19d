"""The life of a signing key."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from grantstream.contracts.claims import MAX_TOKEN_LIFETIME, RULE_LIFETIME
from grantstream.guard import KeySet
from grantstream.guard.key_standing import KeyStanding
from services.token.domain.signing_key import KeyState, SigningAlgorithm, SigningKey
from services.token.entrypoints.published import key_set
from services.token.use_cases.generate_key import generate_key
from services.token.use_cases.mint_token import TokenMinter

MADE = datetime(2026, 3, 1, tzinfo=UTC)
LATER = MADE + timedelta(days=90)
NEXT = generate_key(SigningAlgorithm.ES256, MADE, KeyState.NEXT)
CURRENT = NEXT.activated(LATER)


def listed(key: SigningKey, now: datetime) -> bool:
    return bool(key_set([key], now)["keys"])


def test_every_change_is_a_new_version_with_its_moment() -> None:
    retired = CURRENT.superseded(LATER).retired(LATER)
    assert [NEXT.version, CURRENT.version, retired.version] == [1, 2, 4]
    assert (NEXT.updated_at, CURRENT.updated_at, retired.retired_at) == (MADE, LATER, LATER)


def test_a_key_is_listed_until_its_last_token_expires() -> None:
    retired = CURRENT.superseded(LATER).retired(LATER)
    assert listed(NEXT, MADE)
    assert listed(CURRENT.superseded(LATER), LATER)
    assert listed(retired, LATER + timedelta(hours=1))
    assert not listed(retired, LATER + timedelta(hours=2))


def test_a_withdrawn_key_is_listed_no_more() -> None:
    assert not listed(CURRENT.withdrawn(LATER), LATER)


@pytest.mark.parametrize("ended", [CURRENT.superseded(LATER).retired(LATER), CURRENT.withdrawn(LATER)])
def test_the_key_set_lists_ended_keys_while_records_count(ended: SigningKey) -> None:
    """Its last token was issued when it ended; what that token voided in its last second counts for a rule's life."""
    counts = LATER + MAX_TOKEN_LIFETIME + RULE_LIFETIME
    for now in (LATER, counts):
        keys = KeySet.from_jwks(orjson.loads(orjson.dumps(key_set([ended], now))))
        assert keys.standing(ended.kid) == KeyStanding.from_event(ended.published_event())
    assert not key_set([ended], LATER + timedelta(hours=3))["ended_keys"]


def test_a_key_that_has_not_ended_is_no_ended_one() -> None:
    assert not key_set([NEXT, CURRENT, CURRENT.superseded(LATER)], LATER)["ended_keys"]


@pytest.mark.parametrize("ended", [CURRENT.superseded(LATER).retired(LATER), CURRENT.withdrawn(LATER)])
def test_the_private_half_of_a_key_that_ended_is_forgotten(ended: SigningKey) -> None:
    assert ended.private_pem is None
    with pytest.raises(ValueError, match="no key to sign ES256"):
        TokenMinter([ended], issuer="https://issuer.test", algorithm=SigningAlgorithm.ES256)


def test_the_event_tells_when_a_key_ended_and_how() -> None:
    assert not CURRENT.superseded(LATER).published_event().retired
    retired = CURRENT.retired(LATER).published_event()
    assert (retired.retired, retired.retired_at, retired.withdrawn_at) == (True, LATER, None)
    withdrawn = CURRENT.withdrawn(LATER).published_event()
    assert (withdrawn.retired, withdrawn.retired_at, withdrawn.withdrawn_at) == (True, LATER, LATER)


def test_withdrawing_a_retired_key_keeps_its_retired_at() -> None:
    withdrawn = CURRENT.retired(LATER).withdrawn(LATER + timedelta(days=1))
    assert (withdrawn.retired_at, withdrawn.withdrawn_at) == (LATER, LATER + timedelta(days=1))


def test_withdrawing_twice_changes_nothing() -> None:
    once = CURRENT.withdrawn(LATER)
    assert once.withdrawn(LATER + timedelta(days=1)) is once
