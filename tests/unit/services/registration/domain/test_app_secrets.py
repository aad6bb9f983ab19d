"""Client secrets: shown once, ended at once or after an overlap."""

import hashlib
from datetime import timedelta

import pytest

from grantstream.contracts.events.registration import SecretStatus
from services.registration.domain.app import App
from services.registration.domain.app_secrets import NewSecret
from services.registration.errors import NotFound, SecretStillActive, TooManySecrets
from tests.unit.services.registration.samples import HOUR, START, app

NONE = timedelta(0)


def rotated(before: App, number: int, overlap: timedelta = NONE, most_active: int = 5) -> App:
    secret = NewSecret(f"secret-{number}", f"value-{number}")
    return before.with_new_secret(secret, overlap=overlap, most_active=most_active, now=START)


def taken(state: App, at: timedelta = NONE) -> list[str]:
    return [secret.secret_id for secret in state.secrets if secret.is_accepted(START + at)]


def test_only_the_digest_of_a_secret_is_kept() -> None:
    [secret] = app().secrets
    assert secret.digest == "sha256:" + hashlib.sha256(b"value-1").hexdigest()
    assert "value-1" not in repr(app())
    assert "value-1" not in repr(NewSecret("secret-1", "value-1"))


def test_a_new_secret_ends_old_secrets_but_no_tokens() -> None:
    after = rotated(app(), 2)
    assert taken(after) == ["secret-2"]
    assert (after.state.version, after.state.void_below.is_empty) == (2, True)


def test_with_an_overlap_both_are_taken_until_it_is_over() -> None:
    after = rotated(app(), 2, overlap=2 * HOUR)
    assert taken(after, at=2 * HOUR - timedelta(microseconds=1)) == ["secret-1", "secret-2"]
    assert taken(after, at=2 * HOUR) == ["secret-2"]


def test_a_later_overlap_never_prolongs_an_earlier_one() -> None:
    after = rotated(rotated(app(), 2, overlap=HOUR), 3, overlap=100 * HOUR)
    assert taken(after, at=HOUR) == ["secret-2", "secret-3"]


def test_more_secrets_than_allowed_are_refused() -> None:
    with pytest.raises(TooManySecrets):
        rotated(rotated(app(), 2, overlap=HOUR, most_active=2), 3, overlap=HOUR, most_active=2)


def test_a_leak_leaves_nothing_of_the_old_secrets() -> None:
    after = app().with_leaked_secrets_replaced(NewSecret("secret-2", "value-2"), now=START)
    assert [secret.secret_id for secret in after.secrets] == ["secret-2"]


def test_a_secret_must_be_inactive_to_be_deleted() -> None:
    def switched(state: App, status: SecretStatus) -> App:
        return state.with_secret_status("secret-1", status, most_active=5, now=START + HOUR)

    with pytest.raises(SecretStillActive):
        app().without_secret("secret-1", now=START)
    off = switched(app(), SecretStatus.INACTIVE)
    assert taken(off) == []
    assert switched(off, SecretStatus.INACTIVE) is off
    assert taken(switched(off, SecretStatus.ACTIVE)) == ["secret-1"]
    assert off.without_secret("secret-1", now=START).secrets == ()
    with pytest.raises(NotFound):
        off.without_secret("secret-9", now=START)


def test_reactivating_a_secret_counts_against_the_limit() -> None:
    after = rotated(app(), 2, most_active=1)
    with pytest.raises(TooManySecrets):
        after.with_secret_status("secret-1", SecretStatus.ACTIVE, most_active=1, now=START)


def test_repeated_rotation_keeps_a_bounded_list_of_secrets() -> None:
    state = app()
    for number in range(2, 200):
        state = rotated(state, number)
    assert taken(state) == ["secret-199"]
    assert len(state.secrets) <= 12
