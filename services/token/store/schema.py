"""The migrations of this service's database: the library's tables, and its own."""

from pathlib import Path
from typing import Final

from grantstream.events.schema import EVENTS_MIGRATIONS
from grantstream.postgres.migrations import MigrationSet

MIGRATIONS: Final = (EVENTS_MIGRATIONS, MigrationSet(Path(__file__).parent / "migrations"))
"""In the order in which they are applied."""
