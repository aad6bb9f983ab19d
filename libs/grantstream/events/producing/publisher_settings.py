"""Limits and pauses of a publisher."""

from dataclasses import dataclass

from grantstream.events.producing.outbox import MAX_EVENT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings:
    """All times in seconds.

    `limit`: the longest that one call waits for the broker; within it, sends are retried with pauses between
    `first_pause` and `longest_pause`. `send_deadline`: the longest that one attempt may take. `window`: at most so many
    events are signed and sent together. `max_event_bytes`: the largest event.
    """

    limit: float = 30.0
    send_deadline: float = 10.0
    first_pause: float = 0.05
    longest_pause: float = 2.0
    window: int = 500
    max_event_bytes: int = MAX_EVENT_BYTES
