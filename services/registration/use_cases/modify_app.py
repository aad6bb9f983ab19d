"""Changing an application: its owner changes what it is and asks for, the platform's staff decide on its review."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppModified, AppReviewed
from services.registration.domain.permissions import roles_that_manage
from services.registration.errors import StaffOnlyFields
from services.registration.use_cases.app_change import AppOrder, ChangedApp, change_app
from services.registration.use_cases.callers import WRITE, actor_of, demand_owner, demand_staff, demand_writer, is_staff
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import ANY_VERSION, Precondition

SHARED_FIELD: Final = "scopes"


@dataclass(frozen=True, slots=True)
class ModifyApp:
    """The fields to change, by the names of `AppDetails` and of `Review`; what is not named stays."""

    details: dict[str, Any] = field(default_factory=dict)
    review: dict[str, Any] = field(default_factory=dict)
    precondition: Precondition = ANY_VERSION


async def modify_app(parts: Parts, claims: AccessTokenClaims, app_id: str, order: ModifyApp) -> ChangedApp:
    """Changes an application.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, StaffOnlyFields, StaffAssignedScopes, InvalidInput,
    ReviewNotComplete, NotFound, StaleVersion and RowBelowFloor.
    """
    if is_staff(claims):
        return await _review(parts, claims, app_id, order)
    company = await demand_writer(parts, claims, roles_that_manage)
    if order.review:
        raise StaffOnlyFields(order.review, staff=False)
    return await change_app(
        parts,
        app_id,
        AppOrder(
            allow=lambda app: demand_owner(company.company_id, app),
            change=lambda app, now: app.modify(replace(app.details, **order.details), now=now),
            event=AppModified,
            actor=actor_of(claims),
            precondition=order.precondition,
        ),
    )


async def _review(parts: Parts, claims: AccessTokenClaims, app_id: str, order: ModifyApp) -> ChangedApp:
    await demand_staff(parts, claims, WRITE)
    if others := order.details.keys() - {SHARED_FIELD}:
        raise StaffOnlyFields(others, staff=True)
    return await change_app(
        parts,
        app_id,
        AppOrder(
            allow=lambda _: None,
            change=lambda app, now: app.reviewed(
                replace(app.review, **order.review), order.details.get(SHARED_FIELD, app.details.scopes), now=now
            ),
            event=AppReviewed,
            actor=actor_of(claims),
            precondition=order.precondition,
        ),
    )
