"""An outage is waited for; a message's own fault is not."""

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from grantstream.events.consuming.faults import code_of, is_passing, is_poison
from grantstream.events.errors import ContradictoryEvent, DeadLetterFailed, EventsError, PassingFault, PoisonEvent
from grantstream.fence import RowBelowFloor


class TranslatedError(Exception):
    """As a service words the driver's errors."""


def translated(cause: Exception) -> Exception:
    try:
        raise TranslatedError from cause
    except TranslatedError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.SerializationError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.LockNotAvailableError(),
        asyncpg.QueryCanceledError(),
        asyncpg.ReadOnlySQLTransactionError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.UndefinedTableError(),
        KafkaConnectionError(),
        PassingFault("not yet"),
        DeadLetterFailed("app.modified"),
        RowBelowFloor("app/1"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_passing_faults_are_recognised_even_when_wrapped(error: Exception) -> None:
    assert is_passing(error)
    assert is_passing(translated(error))
    assert not is_poison(error)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ContradictoryEvent("app/1", 2), "event_contradictory"),
        (PoisonEvent("no"), "event_poisonous"),
        (asyncpg.DataError(), "event_not_storable"),
        (asyncpg.NumericValueOutOfRangeError(), "event_not_storable"),
        (asyncpg.CheckViolationError(), "event_not_storable"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else type(value).__name__,
)
def test_these_never_pass(error: Exception, code: str) -> None:
    for failure in (error, translated(error)):
        assert is_poison(failure)
        assert not is_passing(failure)
        assert code_of(failure) == code


@pytest.mark.parametrize("error", [KeyError("bug"), asyncpg.UniqueViolationError(), EventsError("other")])
def test_others_are_tried_a_few_times(error: Exception) -> None:
    assert not is_passing(error)
    assert not is_poison(error)
    assert code_of(error) == "handler_failed"
