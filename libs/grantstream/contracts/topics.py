"""The register of topics: who owns each, how it is keyed and kept, and the scope that writing to it needs.

Topics are created from here by a command, never by the broker on its own.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Literal

from grantstream.contracts.claims import RULE_LIFETIME


class Owner(StrEnum):
    """A service that owns topics."""

    REGISTRATION = "registration"
    TOKEN = "token"  # noqa: S105 - a service's name
    RECEIPTS = "receipts"


_AUDIT_HISTORY: Final = timedelta(days=90)
_PERSONAL_HISTORY: Final = timedelta(days=7)
_FACTS_KEPT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic.

    `key` says what a record's key is. `kept` is, for a compacted topic, how long its whole history stays
    (`min.compaction.lag.ms`), and for the others how long a record stays (`retention.ms`). `foreseen`:
    its events are specified, but no service publishes them yet.
    """

    name: str
    owners: frozenset[Owner]
    key: str
    cleanup: Literal["compact", "delete"]
    kept: timedelta
    scope: str
    partitions: int = 6
    foreseen: bool = False

    @property
    def dead_letters(self) -> str:
        """The topic for events of this one that a consumer could not process. It has one partition."""
        return f"{self.name}.dead"

    @property
    def partition(self) -> int | None:
        """The partition of every record, whatever its key; None: the key decides.

        Readers of a topic with one partition rely on its order, and the fence's readers read partition 0 only. So
        producers name it: if partitions were added by accident, most records would land where no process reads.
        """
        return 0 if self.partitions == 1 else None


def _state(name: str, owner: Owner, key: str, scope: str, kept: timedelta = _AUDIT_HISTORY) -> Topic:
    return Topic(name=name, owners=frozenset({owner}), key=key, cleanup="compact", kept=kept, scope=scope)


def _fact(name: str, key: str, scope: str, *owners: Owner, foreseen: bool = False) -> Topic:
    kept = _FACTS_KEPT
    return Topic(
        name=name, owners=frozenset(owners), key=key, cleanup="delete", kept=kept, scope=scope, foreseen=foreseen
    )


APP_REGISTERED: Final = _state("app.registered", Owner.REGISTRATION, "app_id", "app.event.writeonly")
APP_MODIFIED: Final = _state("app.modified", Owner.REGISTRATION, "app_id", "app.event.writeonly")
APP_DELETED: Final = _state("app.deleted", Owner.REGISTRATION, "app_id", "app.event.writeonly")
APP_REVIEWED: Final = _state("app.reviewed", Owner.REGISTRATION, "app_id", "app.event.writeonly")
SECRET_ROTATED: Final = _state("secret.rotated", Owner.REGISTRATION, "app_id", "app.event.writeonly")
APP_ENABLED: Final = _state("app.enabled", Owner.REGISTRATION, "app_id/company_id", "enablement.event.writeonly")
APP_DISABLED: Final = _state("app.disabled", Owner.REGISTRATION, "app_id/company_id", "enablement.event.writeonly")
COMPANY_REGISTERED: Final = _state("company.registered", Owner.TOKEN, "company_id", "company.event.writeonly")
USER_REGISTERED: Final = _state("user.registered", Owner.TOKEN, "user_id", "user.event.writeonly", _PERSONAL_HISTORY)
USER_MODIFIED: Final = _state("user.modified", Owner.TOKEN, "user_id", "user.event.writeonly", _PERSONAL_HISTORY)
KEY_PUBLISHED: Final = _state("key.published", Owner.TOKEN, "kid", "key.event.writeonly")
GRANT_REVOKED: Final = _fact("grant.revoked", "grant_id", "grant.event.writeonly", Owner.TOKEN)
USAGE_COUNTED: Final = _fact(
    "usage.counted", "app_id", "usage.event.writeonly", Owner.TOKEN, Owner.RECEIPTS, foreseen=True
)
RECEIPT_POSTED: Final = _fact("receipt.posted", "receipt_id", "receipt.event.writeonly", Owner.RECEIPTS)
RECEIPT_PROCESSED: Final = _fact(
    "receipt.processed", "receipt_id", "receipt.event.writeonly", Owner.RECEIPTS, foreseen=True
)
RECEIPT_FAILED: Final = _fact("receipt.failed", "receipt_id", "receipt.event.writeonly", Owner.RECEIPTS, foreseen=True)
RECEIPT_STATE_CHANGED: Final = _fact(
    "receipt.state_changed", "receipt_id", "receipt.event.writeonly", Owner.RECEIPTS, foreseen=True
)

FENCE: Final = Topic(
    name="fence",
    owners=frozenset(Owner),
    key="subject",
    cleanup="delete",
    kept=2 * RULE_LIFETIME,
    scope="fence.event.writeonly",
    partitions=1,
)
"""One partition, because its one order is what proves freshness (see `grantstream.fence`)."""

TOPICS: Final[dict[str, Topic]] = {
    topic.name: topic
    for topic in (
        APP_REGISTERED,
        APP_MODIFIED,
        APP_DELETED,
        APP_REVIEWED,
        SECRET_ROTATED,
        APP_ENABLED,
        APP_DISABLED,
        COMPANY_REGISTERED,
        USER_REGISTERED,
        USER_MODIFIED,
        KEY_PUBLISHED,
        GRANT_REVOKED,
        USAGE_COUNTED,
        RECEIPT_POSTED,
        RECEIPT_PROCESSED,
        RECEIPT_FAILED,
        RECEIPT_STATE_CHANGED,
        FENCE,
    )
}
"""Every topic by its name."""

_ONE_PARTITION: Final = {topic.name for topic in TOPICS.values() if topic.partition is not None} | {
    topic.dead_letters for topic in TOPICS.values()
}


def partition_of(topic: str) -> int | None:
    """The partition of every record of a topic (`Topic.partition`), also for a topic of dead letters."""
    return 0 if topic in _ONE_PARTITION else None
