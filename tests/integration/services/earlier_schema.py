"""The schema that a service had before one of its migrations."""

import shutil
from pathlib import Path

from grantstream.postgres.migrations import MigrationSet


def before(migrations: MigrationSet, number: str, folder: Path) -> MigrationSet:
    """The migrations that there were before one."""
    for path in migrations.folder.glob("*.sql"):
        if path.name < number:
            shutil.copy(path, folder)
    return MigrationSet(folder, migrations.table)
