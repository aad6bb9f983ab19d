"""Which failures pass by themselves, and which are the message's own.

A passing fault is tried again without limit: a dead letter for every event of an hour without a database would turn
one outage into lost data. Anything else is tried a few times and then set aside, so that it can't hold up a partition.
"""

from collections.abc import Iterator
from typing import Final

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from grantstream.events.errors import DeadLetterFailed, PassingFault, PoisonEvent
from grantstream.fence import RowBelowFloor
from grantstream.postgres import passing

_PASSING: Final = (
    PassingFault,
    DeadLetterFailed,
    RowBelowFloor,
    KafkaError,
    OSError,
    *passing.PASSING,
)
_NEVER_GOOD: Final = (
    PoisonEvent,
    ValidationError,
    asyncpg.DataError,
    asyncpg.NotNullViolationError,
    asyncpg.CheckViolationError,
)
"""Other constraints may be met later, once an event of another topic is here."""


def is_passing(error: BaseException) -> bool:
    """Whether trying again later is all that is needed. Causes count: services translate driver errors."""
    return not is_poison(error) and any(isinstance(cause, _PASSING) for cause in _causes(error))


def is_poison(error: BaseException) -> bool:
    """Whether trying again can't help."""
    return any(isinstance(cause, _NEVER_GOOD) for cause in _causes(error))


def code_of(error: BaseException) -> str:
    """What the dead letter says of a failed handler."""
    found = next((cause.code for cause in _causes(error) if isinstance(cause, PoisonEvent)), None)
    return found or ("event_not_storable" if is_poison(error) else "handler_failed")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, outermost first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
