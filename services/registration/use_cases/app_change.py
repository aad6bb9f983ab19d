"""Changes an application: locks it, checks the caller, stores it, publishes its event, waits for the fence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from grantstream.contracts import subjects
from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppState
from grantstream.service.in_force import Progress
from services.registration.domain.app import App
from services.registration.errors import NotFound
from services.registration.store import apps
from services.registration.use_cases.callers import actor_of
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import Precondition


@dataclass(frozen=True, slots=True)
class ChangedApp:
    """A changed application, and the progress of the change."""

    app: App
    progress: Progress


async def change_app(
    parts: Parts,
    caller: AccessTokenClaims,
    app_id: str,
    *,
    allow: Callable[[App], None],
    apply: Callable[[App, datetime], App],
    event: type[AppState],
    precondition: Precondition,
) -> ChangedApp:
    """Executes a command: `allow` raises if the caller may not change this application, `apply` returns it changed.

    Without a change there is no new version, but the answer still waits for the present one, for clients that retry
    after a lost answer. Raises NotFound, StaleVersion and what the two functions raise.
    """
    async with parts.changes.begin() as change:
        app = await apps.lock(change.connection, app_id)
        if app is None or app.state.deleted:
            raise NotFound("application")
        allow(app)
        precondition.check(app.state.version)
        changed = apply(app, change.now)
        if changed is app:
            change.expect(app.state)
        else:
            await apps.update(change.connection, changed)
            await change.publish(changed.event(event, actor_of(caller)))
        for secret in app.secrets_forgotten_by(changed):
            await change.void(subjects.secret(secret.secret_id))
    return ChangedApp(changed, change.progress)
