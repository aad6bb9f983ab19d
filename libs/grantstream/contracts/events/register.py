"""The register of event types: the topic, the model of the data, and the name of its schema."""

from dataclasses import dataclass
from typing import Final

from grantstream.contracts import topics
from grantstream.contracts.events import fence, receipts, registration, token
from grantstream.contracts.events.state import EventData
from grantstream.contracts.topics import Topic

_SCHEMA_PREFIX: Final = "urn:grantstream:event:"


@dataclass(frozen=True, slots=True)
class EventType:
    """One `ce_type`."""

    name: str
    topic: Topic
    data: type[EventData]

    @property
    def dataschema(self) -> str:
        """`ce_dataschema`: its number rises when a change would break a reader."""
        return f"{_SCHEMA_PREFIX}{self.name}:{self.data.schema_version}"


def _named_after_its_topic(topic: Topic, data: type[EventData]) -> EventType:
    return EventType(topic.name, topic, data)


EVENT_TYPES: Final[dict[str, EventType]] = {
    event_type.name: event_type
    for event_type in (
        _named_after_its_topic(topics.APP_REGISTERED, registration.AppRegistered),
        _named_after_its_topic(topics.APP_MODIFIED, registration.AppModified),
        _named_after_its_topic(topics.APP_DELETED, registration.AppDeleted),
        _named_after_its_topic(topics.APP_REVIEWED, registration.AppReviewed),
        _named_after_its_topic(topics.SECRET_ROTATED, registration.SecretRotated),
        _named_after_its_topic(topics.APP_ENABLED, registration.AppEnabled),
        _named_after_its_topic(topics.APP_DISABLED, registration.AppDisabled),
        _named_after_its_topic(topics.COMPANY_REGISTERED, token.CompanyRegistered),
        _named_after_its_topic(topics.USER_REGISTERED, token.UserRegistered),
        _named_after_its_topic(topics.USER_MODIFIED, token.UserModified),
        _named_after_its_topic(topics.KEY_PUBLISHED, token.KeyPublished),
        _named_after_its_topic(topics.GRANT_REVOKED, token.GrantRevoked),
        _named_after_its_topic(topics.USAGE_COUNTED, token.UsageCounted),
        _named_after_its_topic(topics.RECEIPT_POSTED, receipts.ReceiptPosted),
        _named_after_its_topic(topics.RECEIPT_PROCESSED, receipts.ReceiptProcessed),
        _named_after_its_topic(topics.RECEIPT_FAILED, receipts.ReceiptFailed),
        _named_after_its_topic(topics.RECEIPT_STATE_CHANGED, receipts.ReceiptStateChanged),
        EventType("permission.changed", topics.FENCE, fence.PermissionChanged),
        EventType("fence.reached", topics.FENCE, fence.FenceReached),
    )
}
"""Every event type by its name."""

TYPE_OF_DATA: Final[dict[type[EventData], EventType]] = {
    event_type.data: event_type for event_type in EVENT_TYPES.values()
}
"""The event type of each model."""
