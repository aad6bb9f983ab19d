"""What can go wrong with a database, and how the driver's errors become that.

    DatabaseError             a statement failed; the driver's error is its cause
    ├── DatabaseUnavailable   no connection, or not in time: trying again later may help
    ├── TransactionConflict   lost against another transaction: trying again at once may help
    ├── ConstraintViolated    a rule of the schema forbids it; `constraint` names the rule
    └── MigrationFailed       the schema could not be brought up to date; the text has the tool's words

The text of each is safe for logs. It never carries values of rows or of settings.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from grantstream.postgres.passing import CONFLICTS, UNAVAILABLE


class DatabaseError(Exception):
    """A statement failed."""


class DatabaseUnavailable(DatabaseError):
    """The database can't be reached, is starting or stopping, or takes too long."""


class TransactionConflict(DatabaseError):
    """Another transaction was in the way: a deadlock or a failed serialization."""


class ConstraintViolated(DatabaseError):
    """A constraint of the schema forbids the change."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"constraint {constraint} is violated")
        self.constraint = constraint


class MigrationFailed(DatabaseError):
    """The migration tool ended with an error; the text has its own words."""


@asynccontextmanager
async def translated_errors() -> AsyncIterator[None]:
    """Turns the driver's errors into these; all others pass unchanged.

    The driver also raises plain OSError and TimeoutError, so a block that is translated does no other I/O.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise ConstraintViolated(getattr(error, "constraint_name", None) or "unnamed") from error
    except CONFLICTS as error:
        raise TransactionConflict(type(error).__name__) from error
    except UNAVAILABLE as error:
        raise DatabaseUnavailable(type(error).__name__) from error
    except asyncpg.InterfaceError as error:
        raise (DatabaseUnavailable if _is_gone(error) else DatabaseError)(type(error).__name__) from error
    except asyncpg.PostgresError as error:
        raise DatabaseError(type(error).__name__) from error


def _is_gone(error: asyncpg.InterfaceError) -> bool:
    # The driver has no class for a connection that was cut earlier: it says "misused", as for a fault of ours. Leaving
    # a transaction on such a connection even replaces the error that told of the cut.
    return isinstance(error.__context__, UNAVAILABLE) or "clos" in str(error)
