"""Deletes an application for ever; its enablements end with it.

They get no events of their own: a popular application has many thousands, and a check of an enablement always checks
the application, too.
"""

from dataclasses import dataclass

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppDeleted
from services.registration.domain.permissions import roles_that_manage
from services.registration.use_cases.app_change import ChangedApp, change_app
from services.registration.use_cases.callers import demand_owner, demand_writer
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteApp:
    """The application to delete, and the version that it must have."""

    app_id: str
    precondition: Precondition


async def delete_app(parts: Parts, caller: AccessTokenClaims, order: DeleteApp) -> ChangedApp:
    """Deletes an application of the caller's company.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, NotFound, StaleVersion and RowBelowFloor.
    """
    company = await demand_writer(parts, caller, roles_that_manage)
    return await change_app(
        parts,
        caller,
        order.app_id,
        allow=lambda app: demand_owner(company.company_id, app),
        apply=lambda app, now: app.delete(now=now),
        event=AppDeleted,
        precondition=order.precondition,
    )
