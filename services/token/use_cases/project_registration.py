"""What this service keeps of registration's events: the newest state of each application and enablement."""

from collections.abc import Sequence
from typing import Any

from grantstream.contracts.events.registration import AppState, EnablementState
from grantstream.events.consuming.projecting_many import project_many
from grantstream.events.consuming.projections import Applied, project
from services.token.store import apps, enablements


async def project_app(connection: Any, state: AppState) -> Applied:
    """Keeps an application's state if it is newer. Raises ContradictoryEvent."""
    return await project(connection, upsert=apps.upsert, stored=apps.stored, state=state)


async def project_apps(connection: Any, states: Sequence[AppState]) -> None:
    """The same for several at once."""
    await project_many(connection, upsert_many=apps.upsert_many, stored_many=apps.stored_many, states=states)


async def project_enablement(connection: Any, state: EnablementState) -> Applied:
    """Keeps an enablement's state if it is newer. Raises ContradictoryEvent."""
    return await project(connection, upsert=enablements.upsert, stored=enablements.stored, state=state)


async def project_enablements(connection: Any, states: Sequence[EnablementState]) -> None:
    """The same for several at once."""
    await project_many(
        connection, upsert_many=enablements.upsert_many, stored_many=enablements.stored_many, states=states
    )
