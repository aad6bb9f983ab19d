"""An administrator adds a user to their own company."""

from dataclasses import dataclass
from datetime import datetime

from grantstream.service.effect import Effect, Effects
from services.token.use_cases.changes import change_of_user
from services.token.use_cases.store_new_user import NewUser, StoredUser, StoreNewUser


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Adds users, and waits until every process knows of them."""

    store: StoreNewUser
    effects: Effects

    async def __call__(self, new: NewUser, now: datetime) -> tuple[StoredUser, Effect]:
        """Adds one. Raises NotFound, Forbidden, InvalidInput, LoginTaken, Unavailable or DatabaseError."""
        stored = await self.store(new, now)
        return stored, await self.effects.of([change_of_user(stored.user)])
