"""The tables of a service, declared once: the commands, the http role and the worker role all work with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grantstream.events.consuming.projection import Projection
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.postgres.migrations import MigrationSet


@dataclass(frozen=True, slots=True)
class ServiceTables:
    """`projections`: of other services' aggregates. `owned`: the service's own, whose last words its worker keeps."""

    migrations: Sequence[MigrationSet]
    projections: Sequence[Projection[Any]]
    owned: Sequence[OwnedStates] = ()
