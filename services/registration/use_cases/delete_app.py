"""Deleting an application: final, and no company's enablement outlives it.

Enablements get no events of their own: a popular application has many thousands, and whoever judges by one judges by
the application too.
"""

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppDeleted
from services.registration.domain.permissions import roles_that_manage
from services.registration.use_cases.app_change import AppOrder, ChangedApp, change_app
from services.registration.use_cases.callers import actor_of, demand_owner, demand_writer
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import Precondition


async def delete_app(parts: Parts, claims: AccessTokenClaims, app_id: str, precondition: Precondition) -> ChangedApp:
    """Deletes an application of the caller's company.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, NotFound, StaleVersion and RowBelowFloor.
    """
    company = await demand_writer(parts, claims, roles_that_manage)
    return await change_app(
        parts,
        app_id,
        AppOrder(
            allow=lambda app: demand_owner(company.company_id, app),
            change=lambda app, now: app.delete(now=now),
            event=AppDeleted,
            actor=actor_of(claims),
            precondition=precondition,
        ),
    )
