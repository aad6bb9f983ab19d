"""Client secrets: their digests, how a new one ends the old ones, and how long they may overlap.

A secret is 256 random bits, so one round of SHA-256 is enough; slow hashes are for passwords that people choose. The
value exists only in one answer.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from grantstream.contracts.events.registration import SecretState, SecretStatus
from services.registration.errors import NotFound, SecretStillActive, TooManySecrets

LONGEST_OVERLAP_HOURS: Final = 168
_INACTIVE_KEPT: Final = 10


class Secret(SecretState):
    """A stored client secret, with the time of its last change, which no event carries."""

    updated_at: datetime

    def is_accepted(self, now: datetime) -> bool:
        """Whether a client may still authenticate with it."""
        return self.status is SecretStatus.ACTIVE and (self.expires_at is None or now < self.expires_at)

    def ending(self, end: datetime, now: datetime) -> Self:
        """With its end at `end`, unless it ends earlier already."""
        if not self.is_accepted(now) or end <= now:
            return self.with_status(SecretStatus.INACTIVE, now)
        earliest = end if self.expires_at is None else min(end, self.expires_at)
        return self.model_copy(update={"expires_at": earliest, "updated_at": now})

    def with_status(self, status: SecretStatus, now: datetime) -> Self:
        """Activated or deactivated. Activation also removes its end."""
        if status is SecretStatus.ACTIVE and not self.is_accepted(now):
            return self.model_copy(update={"status": status, "expires_at": None, "updated_at": now})
        return self if status is self.status else self.model_copy(update={"status": status, "updated_at": now})


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A new secret: only this object holds its value."""

    secret_id: str
    value: str

    def __repr__(self) -> str:
        """Without the value, so that no log can show it."""
        return f"NewSecret({self.secret_id!r})"

    def stored(self, now: datetime) -> Secret:
        """The secret to store."""
        return Secret(
            secret_id=self.secret_id,
            digest=digest_of(self.value),
            status=SecretStatus.ACTIVE,
            created_at=now,
            updated_at=now,
        )


def digest_of(value: str) -> str:
    """`sha256:` and the hexadecimal digest of a secret's value."""
    return "sha256:" + hashlib.sha256(value.encode()).hexdigest()


def with_new(
    secrets: tuple[Secret, ...], new: NewSecret, *, overlap: timedelta, most_active: int, now: datetime
) -> tuple[Secret, ...]:
    """The secrets after "New Secret": the old ones end now or after the overlap, and never later than before.

    Raises TooManySecrets if more than `most_active` would be accepted at once.
    """
    old = tuple(secret.ending(now + overlap, now) for secret in secrets)
    _refuse_one_more(old, most_active, now)
    return _without_oldest_inactive((*old, new.stored(now)))


def with_status(
    secrets: tuple[Secret, ...], secret_id: str, status: SecretStatus, *, most_active: int, now: datetime
) -> tuple[Secret, ...]:
    """The secrets after one was activated or deactivated.

    Raises NotFound and TooManySecrets.
    """
    secret = find(secrets, secret_id)
    if status is SecretStatus.ACTIVE and not secret.is_accepted(now):
        _refuse_one_more(secrets, most_active, now)
    changed = secret.with_status(status, now)
    return tuple(changed if other is secret else other for other in secrets)


def without(secrets: tuple[Secret, ...], secret_id: str, now: datetime) -> tuple[Secret, ...]:
    """The secrets after one was deleted. Raises NotFound, and SecretStillActive while it is accepted."""
    secret = find(secrets, secret_id)
    if secret.is_accepted(now):
        raise SecretStillActive
    return tuple(other for other in secrets if other is not secret)


def all_ended(secrets: Iterable[Secret], now: datetime) -> tuple[Secret, ...]:
    """Every secret inactive."""
    return tuple(secret.with_status(SecretStatus.INACTIVE, now) for secret in secrets)


def find(secrets: tuple[Secret, ...], secret_id: str) -> Secret:
    """The secret with this id. Raises NotFound."""
    for secret in secrets:
        if secret.secret_id == secret_id:
            return secret
    raise NotFound("secret")


def _refuse_one_more(secrets: Iterable[Secret], most_active: int, now: datetime) -> None:
    if sum(secret.is_accepted(now) for secret in secrets) >= most_active:
        raise TooManySecrets(most_active)


def _without_oldest_inactive(secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
    # Every event carries all secrets, so their number must stay small even with daily rotation.
    inactive = [secret for secret in secrets if secret.status is SecretStatus.INACTIVE]
    dropped = {secret.secret_id for secret in inactive[:-_INACTIVE_KEPT]}
    return tuple(secret for secret in secrets if secret.secret_id not in dropped)
