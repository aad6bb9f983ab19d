"""The aggregates of registration: reads their newest states, to publish them again."""

from typing import Final

from grantstream.contracts.events.registration import AppDeleted, AppModified, AppState, EnablementState
from grantstream.contracts.topics import (
    APP_DELETED,
    APP_DISABLED,
    APP_ENABLED,
    APP_MODIFIED,
    APP_REGISTERED,
    APP_REVIEWED,
    SECRET_ROTATED,
)
from grantstream.events.relaying.owned_states import OwnedStates
from grantstream.postgres.pool import Connection
from services.registration.store import apps, enablements


async def newest_app(connection: Connection, key: str) -> AppState | None:
    """The application with this id, locked until the transaction ends."""
    app = await apps.lock(connection, key)
    return None if app is None else app.event(AppDeleted if app.state.deleted else AppModified)


async def newest_enablement(connection: Connection, key: str) -> EnablementState | None:
    """The enablement `app_id/company_id`, locked until the transaction ends."""
    app_id, _, company_id = key.partition("/")
    enablement = await enablements.lock(connection, app_id, company_id)
    # Version 0 exists only inside an unfinished transaction, and was never published.
    return None if enablement is None or enablement.state.version == 0 else enablement.event()


OWNED: Final = (
    OwnedStates(
        name="apps",
        topics=(APP_REGISTERED, APP_MODIFIED, APP_DELETED, APP_REVIEWED, SECRET_ROTATED),
        find=newest_app,
        keys=apps.keys,
    ),
    OwnedStates(
        name="enablements",
        topics=(APP_ENABLED, APP_DISABLED),
        find=newest_enablement,
        keys=enablements.keys,
    ),
)
