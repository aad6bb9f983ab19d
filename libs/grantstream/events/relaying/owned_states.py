"""The aggregates that a service owns: how the library reads their newest states, to publish them again."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from grantstream.contracts.events.register import EVENT_TYPES
from grantstream.contracts.events.state import AggregateState
from grantstream.contracts.subjects import LONGEST_ID
from grantstream.contracts.topics import Topic
from grantstream.postgres.pool import Connection

LONGEST_KEY: Final = 2 * LONGEST_ID + 1
"""In bytes: of an enablement, which has two ids."""

FindState = Callable[[Connection, str], Awaitable[AggregateState | None]]
"""Reads the newest state of the aggregate with a record's key, in the transaction of the asyncpg connection.

The aggregate must be locked until that transaction ends. None: there never was such an aggregate.
"""

ListKeys = Callable[[Connection, str, int], Awaitable[list[str]]]
"""`(connection, after, limit)`: a page of the keys of all published aggregates, in the order of the table's index.

`after`: the last key of the page before, "" for the first page.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedStates:
    """One kind of aggregate, `name` in the plural: the topics that carry its states, and how to find its rows.

    Every topic has one event type, of the same name.
    """

    name: str
    topics: tuple[Topic, ...]
    find: FindState
    keys: ListKeys


def possible_key(key: bytes | None) -> str | None:
    """A record's key, if an aggregate can have it. A stranger's may be a megabyte, or nothing that a database takes."""
    if key is None or len(key) > LONGEST_KEY or not key.isascii():
        return None
    text = key.decode("ascii")
    return text if text.isprintable() else None


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


def first_expressed(topics: Iterable[str], state: AggregateState) -> AggregateState | None:
    """The state as an event of the first of the topics that can express it; None if none can."""
    return next((found for topic in topics if (found := state_for_topic(topic, state)) is not None), None)
