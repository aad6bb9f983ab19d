"""The register of headers that a dead letter has beside the event's own."""

from typing import Final

REASON: Final = "dead-reason"
"""A stable code: of the guard's refusals, of a PoisonEvent, or one of `event_not_storable`, `handler_failed`,
`judging_failed`."""

GROUP: Final = "dead-group"
"""The consumer group that could not take the event."""

TOPIC: Final = "dead-topic"
PARTITION: Final = "dead-partition"
OFFSET: Final = "dead-offset"
"""With topic and partition: where the event itself still stands, with its token, while the topic keeps it."""

APPENDED_AT: Final = "dead-appended-at"
"""When the broker appended the event, in milliseconds since 1970."""

LEFT_OUT: Final = "dead-left-out"
"""What was too large to be copied, or held a token, with commas: `value`, `key`, `headers`."""
