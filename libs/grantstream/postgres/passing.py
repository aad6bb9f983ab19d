"""Which failures of a database pass by themselves, for `except` and `isinstance`.

What passes depends on what is at stake, so there are several sets, and how they differ is here:

    UNREACHABLE         no connection, or one that the server cuts or refuses
    UNAVAILABLE         UNREACHABLE, or a lock was not free in time: whoever waits for an answer may try again
    CONFLICTS           another transaction came first: trying again at once may help
    NOT_PREPARED        a schema or a right that an operator has still to bring
    PASSING             all these, and whatever else says nothing about the event that was to be applied: it is tried
                        again without limit

    STATEMENT_FAILURES  passing or not: all that the server, the network and the driver say of a statement
    DATABASE_FAILURES   STATEMENT_FAILURES, and what the driver says of a connection that it no longer understands

TimeoutError is an OSError, CannotConnectNowError an OperatorInterventionError.
"""

from typing import Final

import asyncpg

UNREACHABLE: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # A role or a password that is not there yet.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InternalClientError,
)

UNAVAILABLE: Final = (*UNREACHABLE, asyncpg.LockNotAvailableError)
"""Not InterfaceError: most of them tell of a fault of ours, which no trying again mends (see `translated_errors`)."""

CONFLICTS: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""Not all TransactionRollbackErrors: after the others nobody knows that trying again at once is right."""

NOT_PREPARED: Final = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InsufficientPrivilegeError)

PASSING: Final = (
    *UNREACHABLE,
    *NOT_PREPARED,
    # Among these would be a fault of ours as well, and that is nothing about the event either.
    asyncpg.InterfaceError,
    # The conflicts.
    asyncpg.TransactionRollbackError,
    # A lock that is not free.
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)

STATEMENT_FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""Not InternalClientError: who goes by these lets it show as the fault that it may be."""

DATABASE_FAILURES: Final = (*STATEMENT_FAILURES, asyncpg.InternalClientError)
"""For relay and nudge, which go on whatever happens. InternalClientError is what asyncpg says of a connection that the
server ended while this process stood still."""
