"""The aggregates that a service owns: how the library reads a newest state, to publish it again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import ValidationError

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.topics import Topic
from grantstream.postgres.pool import Connection

FindState = Callable[[Connection, str], Awaitable[AggregateState | None]]
"""Reads the newest state of the aggregate with a record's key, in the transaction of the asyncpg connection.

The aggregate must be locked until that transaction ends. None: there never was such an aggregate.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedStates:
    """One kind of aggregate: the topics that carry its states, and how to find its newest state.

    Every topic has one event type, of the same name.
    """

    topics: tuple[Topic, ...]
    find: FindState


def state_for_topic(topic: str, state: AggregateState) -> AggregateState | None:
    """The state as an event of another topic of the same aggregate; None if that topic's type can't express it.

    (A deleted application fits every topic; an existing one does not fit `app.deleted`.)
    """
    kind = EVENT_TYPES[topic].data
    if isinstance(state, kind):
        return state
    try:
        converted = kind.model_validate(state.model_dump())
    except ValidationError:
        return None
    return converted if isinstance(converted, AggregateState) else None
