"""What this service keeps of registration's events: the newest state of each application and enablement."""

from typing import Any

from grantstream.contracts.events.registration import AppState, EnablementState
from grantstream.events.projections import Applied, project
from services.token.store import apps, enablements


async def project_app(connection: Any, state: AppState) -> Applied:
    """Keeps an application's state if it is newer. Raises ContradictoryEvent."""
    return await project(connection, upsert=apps.upsert, stored=apps.stored, state=state)


async def project_enablement(connection: Any, state: EnablementState) -> Applied:
    """Keeps an enablement's state if it is newer. Raises ContradictoryEvent."""
    return await project(connection, upsert=enablements.upsert, stored=enablements.stored, state=state)
