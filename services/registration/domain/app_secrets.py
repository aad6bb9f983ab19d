"""Client secrets: their digests, how a new one ends the old ones, and how long both may overlap.

A secret is 256 random bits, so one round of SHA-256 protects it; slow hashes are for what people can guess. The
value exists only in the answer that shows it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from grantstream.contracts.events.registration import SecretState, SecretStatus
from services.registration.errors import NotFound, SecretStillActive, TooManySecrets

LONGEST_OVERLAP_HOURS: Final = 168
_INACTIVE_KEPT: Final = 10


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret at the moment it is made: the only place where its value is."""

    secret_id: str
    value: str

    def __repr__(self) -> str:
        """Without the value, so that it reaches no log by accident."""
        return f"NewSecret({self.secret_id!r})"

    def stored(self, now: datetime) -> SecretState:
        """What is kept of it."""
        return SecretState(
            secret_id=self.secret_id, digest=digest_of(self.value), status=SecretStatus.ACTIVE, created_at=now
        )


def digest_of(value: str) -> str:
    """`sha256:` and the hexadecimal digest of a secret's value."""
    return "sha256:" + hashlib.sha256(value.encode()).hexdigest()


def is_taken(secret: SecretState, now: datetime) -> bool:
    """Whether a client may still authenticate with this secret."""
    return secret.status is SecretStatus.ACTIVE and (secret.expires_at is None or now < secret.expires_at)


def with_new(
    secrets: tuple[SecretState, ...], new: NewSecret, *, overlap: timedelta, most_active: int, now: datetime
) -> tuple[SecretState, ...]:
    """The secrets after "New Secret": the old ones end now, or when the overlap is over, never later than they would.

    Raises TooManySecrets if more than `most_active` would be taken at once.
    """
    old = tuple(_ending(secret, now + overlap, now) for secret in secrets)
    if sum(is_taken(secret, now) for secret in old) >= most_active:
        raise TooManySecrets(most_active)
    return _without_oldest_inactive((*old, new.stored(now)))


def with_status(
    secrets: tuple[SecretState, ...], secret_id: str, status: SecretStatus, *, most_active: int, now: datetime
) -> tuple[SecretState, ...]:
    """The secrets after one was switched on or off. Switched on again, it has no end any more.

    Raises NotFound and TooManySecrets.
    """
    secret = find(secrets, secret_id)
    if status is SecretStatus.ACTIVE and not is_taken(secret, now):
        if sum(is_taken(other, now) for other in secrets) >= most_active:
            raise TooManySecrets(most_active)
        changed = secret.model_copy(update={"status": status, "expires_at": None})
    else:
        changed = secret.model_copy(update={"status": status})
    return tuple(changed if other is secret else other for other in secrets)


def without(secrets: tuple[SecretState, ...], secret_id: str, now: datetime) -> tuple[SecretState, ...]:
    """The secrets after one was deleted. Raises NotFound, and SecretStillActive while it is taken."""
    secret = find(secrets, secret_id)
    if is_taken(secret, now):
        raise SecretStillActive
    return tuple(other for other in secrets if other is not secret)


def all_ended(secrets: Iterable[SecretState]) -> tuple[SecretState, ...]:
    """Every secret inactive."""
    return tuple(secret.model_copy(update={"status": SecretStatus.INACTIVE}) for secret in secrets)


def find(secrets: tuple[SecretState, ...], secret_id: str) -> SecretState:
    """The secret with this id. Raises NotFound."""
    for secret in secrets:
        if secret.secret_id == secret_id:
            return secret
    raise NotFound("secret")


def _ending(secret: SecretState, end: datetime, now: datetime) -> SecretState:
    if not is_taken(secret, now) or end <= now:
        return secret.model_copy(update={"status": SecretStatus.INACTIVE})
    earliest = end if secret.expires_at is None else min(end, secret.expires_at)
    return secret.model_copy(update={"expires_at": earliest})


def _without_oldest_inactive(secrets: tuple[SecretState, ...]) -> tuple[SecretState, ...]:
    # Every event carries all secrets, so an application that rotates daily must not drag years of them along.
    inactive = [secret for secret in secrets if secret.status is SecretStatus.INACTIVE]
    dropped = {secret.secret_id for secret in inactive[:-_INACTIVE_KEPT]}
    return tuple(secret for secret in secrets if secret.secret_id not in dropped)
