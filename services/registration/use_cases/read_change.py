"""How far a change has come, for those who were answered 202."""

from grantstream.contracts.claims import AccessTokenClaims
from services.registration.errors import NotFound
from services.registration.use_cases.effect import Change, Effect, present_effect
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.read_apps import read_app
from services.registration.use_cases.read_company_apps import read_enablement


async def app_change_effect(parts: Parts, claims: AccessTokenClaims, app_id: str, version: int) -> Effect:
    """How far a version of an application has come, also after its deletion.

    Raises AccessDenied, UnknownCaller and NotFound.
    """
    app = await read_app(parts, claims, app_id, deleted=True)
    return await _effect(parts, Change.of_app(app), version)


async def enablement_change_effect(
    parts: Parts, claims: AccessTokenClaims, company_id: str, app_id: str, version: int
) -> Effect:
    """How far a version of an enablement has come. Raises AccessDenied, UnknownCaller and NotFound."""
    enablement = await read_enablement(parts, claims, company_id, app_id)
    return await _effect(parts, Change.of_enablement(enablement), version)


async def _effect(parts: Parts, newest: Change, version: int) -> Effect:
    if not 1 <= version <= newest.version:
        raise NotFound("change")
    return await present_effect(parts, Change(newest.subject, version, newest.made_at))
