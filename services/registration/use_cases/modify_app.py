"""Changes an application: its owner changes its details, the platform's staff decide about its review."""

from dataclasses import dataclass, field
from typing import Any, Final

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.contracts.events.registration import AppModified, AppReviewed
from services.registration.domain.app import STAFF_FIELDS
from services.registration.domain.permissions import roles_that_manage
from services.registration.errors import StaffOnlyFields
from services.registration.use_cases.app_change import ChangedApp, change_app
from services.registration.use_cases.callers import WRITE, demand_owner, demand_staff, demand_writer, is_staff
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.precondition import ANY_VERSION, Precondition

SHARED_FIELD: Final = "scopes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyApp:
    """The fields to change, by the names of the contract, and `review_complete`; all others stay as they are."""

    app_id: str
    changes: dict[str, Any] = field(default_factory=dict)
    precondition: Precondition = ANY_VERSION


async def modify_app(parts: Parts, caller: AccessTokenClaims, order: ModifyApp) -> ChangedApp:
    """Changes an application.

    Raises AccessDenied, UnknownCaller, NotDevelopmentPartner, StaffOnlyFields, StaffAssignedScopes, InvalidInput,
    ReviewNotComplete, NotFound, StaleVersion and RowBelowFloor.
    """
    if is_staff(caller):
        return await _review(parts, caller, order)
    company = await demand_writer(parts, caller, roles_that_manage)
    if staffs := order.changes.keys() & STAFF_FIELDS:
        raise StaffOnlyFields(staffs, staff=False)
    return await change_app(
        parts,
        caller,
        order.app_id,
        allow=lambda app: demand_owner(company.company_id, app),
        apply=lambda app, now: app.modify(order.changes, now=now),
        event=AppModified,
        precondition=order.precondition,
    )


async def _review(parts: Parts, caller: AccessTokenClaims, order: ModifyApp) -> ChangedApp:
    await demand_staff(parts, caller, WRITE)
    if others := order.changes.keys() - STAFF_FIELDS - {SHARED_FIELD}:
        raise StaffOnlyFields(others, staff=True)
    return await change_app(
        parts,
        caller,
        order.app_id,
        allow=lambda _: None,
        apply=lambda app, now: app.reviewed(order.changes, now=now),
        event=AppReviewed,
        precondition=order.precondition,
    )
