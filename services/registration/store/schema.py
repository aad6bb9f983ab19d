"""The migrations of this service's database: those of the outbox, then its own."""

from pathlib import Path
from typing import Final

import grantstream.events
from grantstream.service.migrations import MigrationSet

MIGRATIONS: Final = (
    MigrationSet(Path(grantstream.events.__path__[0]) / "migrations", "schema_migrations_events"),
    MigrationSet(Path(__file__).parent / "migrations"),
)
