"""Of every folder of migrations in the product."""

import re
from pathlib import Path

import pytest

from grantstream.postgres.migrations import MigrationSet, for_dbmate

ROOT = Path(__file__).parents[3]
FOLDERS = sorted({path.parent for base in ("libs", "services") for path in (ROOT / base).glob("**/migrations/*.sql")})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_migration_numbers_are_unique(folder: Path) -> None:
    # The tool would count a second file of the same number as applied.
    numbers = MigrationSet(folder).numbers()
    assert len(numbers) == len(set(numbers))
    assert all(re.fullmatch(r"\d{4,}", number) for number in numbers)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_migrations_go_both_ways_and_avoid_concurrently(folder: Path) -> None:
    for path in folder.glob("*.sql"):
        text = path.read_text()
        assert "-- migrate:up" in text, path
        assert "-- migrate:down" in text, path
        # Two runs at once can deadlock on it.
        assert "concurrently" not in text.lower(), path


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgres://u:p@127.0.0.1:5432/x", "postgres://u:p@127.0.0.1:5432/x?sslmode=disable"),
        ("postgresql://u@localhost/x?a=b", "postgresql://u@localhost/x?a=b&sslmode=disable"),
        ("postgres://u@[::1]:5/x", "postgres://u@[::1]:5/x?sslmode=disable"),
        ("postgres:///x?host=%2Fvar%2Frun", "postgres:///x?host=%2Fvar%2Frun&sslmode=disable"),
        ("postgres://u@127.0.0.1/x?sslmode=require", "postgres://u@127.0.0.1/x?sslmode=require"),
        ("postgres://u@db.example/x", "postgres://u@db.example/x"),
    ],
)
def test_tls_is_disabled_only_for_a_local_database(dsn: str, expected: str) -> None:
    assert for_dbmate(dsn) == expected
