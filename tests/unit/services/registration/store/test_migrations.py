"""Migrations are numbered once each: the tool takes a second file of a number for applied."""

from services.registration.store.sql import MIGRATIONS


def test_numbers_of_migrations_are_unique() -> None:
    for migration_set in MIGRATIONS:
        numbers = migration_set.numbers()
        assert numbers
        assert len(set(numbers)) == len(numbers)
