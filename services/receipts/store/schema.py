"""The migrations of this service's database: those of the outbox, then its own."""

from pathlib import Path
from typing import Final

from grantstream.events.schema import EVENTS_MIGRATIONS
from grantstream.postgres.migrations import MigrationSet

MIGRATIONS: Final = (EVENTS_MIGRATIONS, MigrationSet(Path(__file__).parent / "migrations"))
