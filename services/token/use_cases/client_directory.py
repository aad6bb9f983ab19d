"""Who a client is, from memory where memory is provably current.

A remembered application is used only if all of this holds: this process is fresh (the token endpoint checks that), the
fence's floor of the application is not above the remembered version, the row was read less than `max_age` ago, and the
projections lack nothing that the fence may have forgotten. Why that is exactly as good as reading the row again:

Let a change with a higher version have been appended to the fence. If this process had applied its record when it read
the row, the floor was there and the read would have waited for the newer row. If it applied the record later, the floor
stands above the remembered version from that moment, and the row is read again. A floor is forgotten only
`RULE_LIFETIME` (65 minutes) after it was appended; the remembered row is thrown away long before, since `max_age` is
seconds. If this process has not applied the record at all, then it was appended less than `max_staleness` ago, and a
row read from the database could be as old. See docs/decisions/2026-11-22-token-row-cache.md.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from grantstream.contracts import subjects
from grantstream.contracts.claims import RULE_LIFETIME
from grantstream.fence.freshness import boot_clock
from services.token.domain.client import Client
from services.token.use_cases.current_rows import CurrentRows

_LONGEST_AGE: Final = RULE_LIFETIME.total_seconds() / 10


class ClientDirectory:
    """System clients from set-up's file, applications from the projection. `max_age` in seconds, 0: no memory."""

    def __init__(
        self,
        rows: CurrentRows,
        system_clients: Mapping[str, Client],
        *,
        max_age: float = 60.0,
        max_remembered: int = 10_000,
        now: Callable[[], float] = boot_clock,
    ) -> None:
        if not 0 <= max_age <= _LONGEST_AGE:
            raise ValueError(f"max_age must be between 0 and {_LONGEST_AGE:.0f} seconds")
        self._rows = rows
        self._system_clients = system_clients
        self._max_age = max_age
        self._max_remembered = max_remembered
        self._now = now
        self._remembered: OrderedDict[str, tuple[Client, float]] = OrderedDict()

    async def find(self, client_id: str) -> Client | None:
        """The client with this id, or None. Raises RowBelowFloor if its row is not current in time."""
        system_client = self._system_clients.get(client_id)
        if system_client is not None:
            return system_client
        if not subjects.is_possible_id(client_id):
            return None
        return self._recall(client_id) or await self._read(client_id)

    def _recall(self, client_id: str) -> Client | None:
        known = self._remembered.get(client_id)
        if known is None:
            return None
        client, read_at = known
        is_old = self._now() - read_at >= self._max_age
        is_outdated = client.version < self._rows.rules.floor(subjects.app(client_id))
        if is_old or is_outdated or not self._rows.are_recent():
            del self._remembered[client_id]
            return None
        return client

    async def _read(self, client_id: str) -> Client | None:
        read_at = self._now()
        client = await self._rows.client(client_id)
        if client is not None:
            self._remembered[client_id] = (client, read_at)
            if len(self._remembered) > self._max_remembered:
                self._remembered.popitem(last=False)
        return client
