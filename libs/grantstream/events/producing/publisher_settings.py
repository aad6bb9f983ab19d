"""Limits and pauses of a publisher."""

from dataclasses import dataclass

from grantstream.events.producing.outbox import MAX_EVENT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings:
    """All times in seconds.

    `limit` is the most that one call waits until the broker has its events; within it sends are tried again, with
    pauses between `first_pause` and `longest_pause`. `send_deadline` is the most that one try may take. `window` is
    how many events are signed and sent together at most. `max_event_bytes` are what one event may have.
    """

    limit: float = 30.0
    send_deadline: float = 10.0
    first_pause: float = 0.05
    longest_pause: float = 2.0
    window: int = 500
    max_event_bytes: int = MAX_EVENT_BYTES
