"""The tables of a service, declared once: the commands, the http role and the worker role all work with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grantstream.events.consuming.projection import Projection
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.events.schema import EVENTS_MIGRATIONS
from grantstream.postgres.migrations import MigrationSet
from grantstream.postgres.queries import load_queries


@dataclass(frozen=True, slots=True)
class ServiceTables:
    """`projections`: of other services' aggregates. `owned`: the service's own, whose topics its worker sweeps."""

    migrations: Sequence[MigrationSet]
    projections: Sequence[Projection[Any]]
    owned: Sequence[OwnedStates] = ()


def load_sql(folder: Path) -> tuple[tuple[MigrationSet, ...], Any]:
    """The migrations of a service's `folder`, after those of the outbox, and its `queries.sql` as functions."""
    return (EVENTS_MIGRATIONS, MigrationSet(folder / "migrations")), load_queries(folder / "queries.sql")
