"""Enables or disables an application for the own company."""

from dataclasses import dataclass
from datetime import datetime

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.postgres.pool import Connection
from grantstream.service.in_force import Progress
from services.registration.domain.app import App
from services.registration.domain.enablement import Enablement
from services.registration.domain.permissions import roles_that_enable
from services.registration.errors import AppNotAvailable, NotFound
from services.registration.store import apps, enablements
from services.registration.use_cases.callers import actor_of, demand_own_company, demand_writer
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnablement:
    """Whether a company enables or disables an application."""

    app_id: str
    company_id: str
    enabled: bool
    precondition: Precondition


@dataclass(frozen=True, slots=True)
class ChangedEnablement:
    """A changed enablement, and the progress of the change."""

    enablement: Enablement
    progress: Progress


async def set_enablement(parts: Parts, caller: AccessTokenClaims, order: SetEnablement) -> ChangedEnablement:
    """Enables or disables. A repeated command changes nothing, and waits like the first one.

    Raises AccessDenied, UnknownCaller, NotFound, AppNotAvailable, StaleVersion and RowBelowFloor.
    """
    await demand_writer(parts, caller, roles_that_enable)
    demand_own_company(caller, order.company_id)
    async with parts.changes.begin() as change:
        before, after = await _decide(change.connection, order, change.now)
        if after is not before:
            await enablements.update(change.connection, after)
            await change.publish(after.event(actor_of(caller)))
        elif after.state.version:
            change.expect(after.state)
    return ChangedEnablement(after, change.progress)


async def _decide(connection: Connection, order: SetEnablement, now: datetime) -> tuple[Enablement, Enablement]:
    # The application is locked, so that it can't be deleted or suspended while it is being enabled.
    app = await apps.share(connection, order.app_id)
    before = await enablements.lock(connection, order.app_id, order.company_id)
    _refuse_invisible(app, before, order.company_id)
    order.precondition.check(0 if before is None else before.state.version)
    never_given = Enablement.never_given(order.app_id, order.company_id, now)
    if not order.enabled:
        before = before or never_given
        return before, before.disable(now)
    if before is not None and before.state.enabled:
        return before, before
    if app is None or not app.is_available_to(order.company_id):
        raise AppNotAvailable
    if before is None:
        before = await enablements.lock_or_make(connection, never_given)
        order.precondition.check(before.state.version)  # another transaction may have been first
    return before, before.enable(now)


def _refuse_invisible(app: App | None, enablement: Enablement | None, company_id: str) -> None:
    """Raises NotFound. An application that the company once enabled stays visible, so that it can be disabled."""
    if app is None or app.state.deleted or (enablement is None and not app.is_visible_to(company_id)):
        raise NotFound("application")
