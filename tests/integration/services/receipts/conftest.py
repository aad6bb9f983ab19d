"""A migrated database for each test, and the parts of receipts on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import grantstream.events
import services.receipts.store
from grantstream.service.migrations import MigrationSet, migrate_in_thread
from grantstream.service.postgres import Pool, opened_pool

_EVENTS = MigrationSet(Path(grantstream.events.__file__).parent / "migrations", "schema_migrations_events")
_RECEIPTS = MigrationSet(Path(services.receipts.store.__file__).parent / "migrations")


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    """A pool on an empty database of receipts."""
    await migrate_in_thread(database_dsn, _EVENTS, _RECEIPTS)
    async with opened_pool(database_dsn, application_name="tests") as opened:
        yield opened
