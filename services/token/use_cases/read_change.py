"""How far a change has come, for those who were answered 202."""

from dataclasses import dataclass, replace

from grantstream.service.effect import Change, Effect, Effects
from services.token.errors import NotFound


@dataclass(frozen=True, slots=True)
class ReadChange:
    """Tells how far a version of a user or of a company has come."""

    effects: Effects

    async def __call__(self, newest: Change, version: int) -> Effect:
        """How far `version` has come of what `newest` is about. Raises NotFound or DatabaseError."""
        if not 1 <= version <= newest.version:
            raise NotFound("no such change")
        # When an earlier version was made nobody knows any more; not after the newest.
        return await self.effects.so_far(replace(newest, version=version))
