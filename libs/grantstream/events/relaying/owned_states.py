"""What the owner of state topics tells of its aggregates, so that the library can tell it once more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pydantic import ValidationError

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.topics import Topic
from grantstream.postgres.pool import Connection

FindState = Callable[[Connection, str], Awaitable[AggregateState | None]]
"""Reads the newest state of the aggregate with a record's key, in the transaction of the asyncpg connection.

Nobody may change the aggregate before that transaction ends. None: there never was such an aggregate.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedStates:
    """One kind of aggregate: the topics that tell of it, and how its newest state is found.

    Every topic has one event type, of the same name.
    """

    topics: tuple[Topic, ...]
    find: FindState


def told_on(topic: str, state: AggregateState) -> AggregateState | None:
    """The state as an event of another topic of the same aggregate; None if it can't be told there.

    (That an application is deleted can be told anywhere; that it is there can't be told on `app.deleted`.)
    """
    kind = EVENT_TYPES[topic].data
    if isinstance(state, kind):
        return state
    try:
        told = kind.model_validate(state.model_dump())
    except ValidationError:
        return None
    return told if isinstance(told, AggregateState) else None
