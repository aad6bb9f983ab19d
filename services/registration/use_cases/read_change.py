"""How far a change has come, for those who were answered 202."""

from dataclasses import replace

from grantstream.contracts.claims import AccessTokenClaims
from grantstream.service.effect import Change, Effect
from services.registration.errors import NotFound
from services.registration.use_cases.changes import change_of_app, change_of_enablement
from services.registration.use_cases.parts import Parts
from services.registration.use_cases.read_apps import read_app
from services.registration.use_cases.read_company_apps import read_enablement


async def app_change_effect(parts: Parts, claims: AccessTokenClaims, app_id: str, version: int) -> Effect:
    """How far a version of an application has come, also after its deletion.

    Raises AccessDenied, UnknownCaller and NotFound.
    """
    app = await read_app(parts, claims, app_id, deleted=True)
    return await _effect(parts, change_of_app(app), version)


async def enablement_change_effect(
    parts: Parts, claims: AccessTokenClaims, company_id: str, app_id: str, version: int
) -> Effect:
    """How far a version of an enablement has come. Raises AccessDenied, UnknownCaller and NotFound."""
    enablement = await read_enablement(parts, claims, company_id, app_id)
    return await _effect(parts, change_of_enablement(enablement), version)


async def _effect(parts: Parts, newest: Change, version: int) -> Effect:
    if not 1 <= version <= newest.version:
        raise NotFound("change")
    # When an earlier version was made nobody knows any more; not after the newest.
    return await parts.effects.so_far(replace(newest, version=version))
