"""The one way in which an application changes: locked, checked, stored, told, awaited."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from grantstream.contracts import subjects
from grantstream.contracts.events.registration import Actor, AppState
from grantstream.events.producing.outbox import append_change, append_void
from grantstream.service.effect import Change, Effect
from grantstream.service.postgres import transaction
from services.registration.domain.app import App
from services.registration.errors import NotFound
from services.registration.store import apps
from services.registration.use_cases.changes import change_of_app
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import Precondition
from services.registration.use_cases.published_state import SOURCE, app_event


@dataclass(frozen=True, slots=True)
class ChangedApp:
    """An application after an order, and how far the change has come."""

    app: App
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOrder:
    """What to do with an application.

    `allow` raises if the caller may not do it with this application. `change` gives the application after it.
    `event` is the kind of event that tells of it, and that it was `actor` who asked.
    """

    allow: Callable[[App], None]
    change: Callable[[App, datetime], App]
    event: type[AppState]
    actor: Actor
    precondition: Precondition


async def change_app(parts: Parts, app_id: str, order: AppOrder) -> ChangedApp:
    """Carries out an order, and returns when every process knows, or the limit for answers has passed.

    An order that changes nothing makes no new version, and still waits for the present one: whoever tries again after
    a lost answer gets the same promise. Raises NotFound, StaleVersion and what the order raises.
    """
    now = parts.now()
    async with transaction(parts.pool) as connection:
        app = await apps.lock(connection, app_id)
        if app is None or app.deleted:
            raise NotFound("application")
        order.allow(app)
        order.precondition.check(app.version)
        changed = order.change(app, now)
        voids = [subjects.secret(secret.secret_id) for secret in app.secrets_forgotten_by(changed)]
        if changed is not app:
            await apps.update(connection, changed)
            await append_change(connection, app_event(order.event, changed, order.actor), source=SOURCE, now=now)
        for subject in voids:
            await append_void(connection, subject, source=SOURCE, now=now)
    outright = [Change(subject, 1, now) for subject in voids]
    return ChangedApp(changed, await parts.effects.of([change_of_app(changed), *outright]))
