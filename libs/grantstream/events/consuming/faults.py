"""Which failures are temporary, and which are the event's own.

A temporary failure is retried without limit: otherwise an hour without a database would dead-letter every event. Any
other failure is retried a few times, and then the event is dead-lettered, so that it can't block its partition.
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
"""Other constraints may hold later, after an event of another topic was applied."""


def is_passing(error: BaseException) -> bool:
    """Whether a retry can succeed. Causes count: services translate driver errors."""
    return not is_poison(error) and any(isinstance(cause, _PASSING) for cause in _causes(error))


def is_poison(error: BaseException) -> bool:
    """Whether no retry can succeed."""
    return any(isinstance(cause, _NEVER_GOOD) for cause in _causes(error))


def code_of(error: BaseException) -> str:
    """The reason in the dead letter of a failed handler."""
    code = next((cause.code for cause in _causes(error) if isinstance(cause, PoisonEvent)), None)
    return code or ("event_not_storable" if is_poison(error) else "handler_failed")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, outermost first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
