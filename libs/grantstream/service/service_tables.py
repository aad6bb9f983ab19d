"""The tables of a service, declared once: the commands, the http role and the worker role all work with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grantstream.events.consuming.applying import Handler
from grantstream.events.consuming.projection import Projection, handlers_of
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.events.schema import EVENTS_MIGRATIONS
from grantstream.postgres.migrations import MigrationSet
from grantstream.postgres.queries import load_queries


@dataclass(frozen=True, slots=True)
class ServiceTables:
    """`projections`: of other services' aggregates. `owned`: the service's own, whose topics its worker sweeps.

    `effects`: handlers that are no projection, by event type.
    """

    migrations: Sequence[MigrationSet]
    projections: Sequence[Projection[Any]]
    owned: Sequence[OwnedStates] = ()
    effects: Mapping[str, Handler] = field(default_factory=dict)

    @property
    def handlers(self) -> dict[str, Handler]:
        """Of all events that the service's group follows, by event type."""
        return {**handlers_of(self.projections), **self.effects}


def load_sql(folder: Path) -> tuple[tuple[MigrationSet, ...], Any]:
    """The migrations of a service's `folder`, after those of the outbox, and its `queries.sql` as functions."""
    return (EVENTS_MIGRATIONS, MigrationSet(folder / "migrations")), load_queries(folder / "queries.sql")
