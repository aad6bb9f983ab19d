"""Reading users of one company; another company's look as if they did not exist."""

from dataclasses import dataclass

from grantstream.service.postgres import Pool, connection
from services.token.domain.user import User
from services.token.errors import NotFound
from services.token.store import users


@dataclass(frozen=True, slots=True)
class ReadUsers:
    """Reads one, or a page."""

    pool: Pool

    async def one(self, *, company_id: str, user_id: str) -> User:
        """The user with this id. Raises NotFound or DatabaseError."""
        async with connection(self.pool) as acquired:
            user = await users.find(acquired, user_id)
        if user is None or user.company_id != company_id:
            raise NotFound("no such user")
        return user

    async def page(self, *, company_id: str, after: str, size: int) -> tuple[list[User], bool]:
        """Up to `size` users after the id `after` ("": from the first), and whether there are more.

        Raises DatabaseError.
        """
        async with connection(self.pool) as acquired:
            found = await users.page_of_company(acquired, company_id, after=after, page_size=size + 1)
        return found[:size], len(found) > size
