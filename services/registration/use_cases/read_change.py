"""How far a change has come, for those who were answered 202."""

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.effect import Effect
from services.registration.use_cases.changes import change_of_app, change_of_enablement
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.read_apps import read_app
from services.registration.use_cases.read_company_apps import read_enablement


async def app_change_effect(parts: Parts, claims: AccessTokenClaims, app_id: str, version: int) -> Effect:
    """How far a version of an application has come, also after its deletion.

    Raises AccessDenied, UnknownCaller, NotFound and NoSuchChange.
    """
    app = await read_app(parts, claims, app_id, deleted=True)
    return await parts.effects.so_far(change_of_app(app), version)


async def enablement_change_effect(
    parts: Parts, claims: AccessTokenClaims, company_id: str, app_id: str, version: int
) -> Effect:
    """How far a version of an enablement has come.

    Raises AccessDenied, UnknownCaller, NotFound and NoSuchChange.
    """
    enablement = await read_enablement(parts, claims, company_id, app_id)
    return await parts.effects.so_far(change_of_enablement(enablement), version)
