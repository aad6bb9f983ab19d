"""Where the schema comes from: the library's outbox and inbox, and this service's own tables."""

from pathlib import Path
from typing import Final

import grantstream.events
from grantstream.service.migrations import MigrationSet

MIGRATIONS: Final = (
    MigrationSet(Path(grantstream.events.__file__).parent / "migrations", table="schema_migrations_events"),
    MigrationSet(Path(__file__).parent / "migrations"),
)
"""In the order in which they are applied."""
