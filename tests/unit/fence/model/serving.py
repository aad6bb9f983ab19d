"""What simulated processes do for others: judge requests, issue tokens, and answer those who change something."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grantstream.contracts import subjects
from grantstream.contracts.claims import API_AUDIENCE, CLOCK_TOLERANCE, AccessTokenClaims
from grantstream.contracts.grants import GrantType
from grantstream.fence import RowBelowFloor, await_row
from grantstream.guard import Guard, KeySet
from grantstream.guard.errors import StaleGuard, TokenRefused
from grantstream.guard.refusal_codes import RefusalCode
from services.token.domain.client import Client
from services.token.domain.grounds import Asking
from services.token.errors import TokenRequestDenied, Unavailable
from services.token.use_cases.grants.client_credentials import ClientCredentialsGrant
from services.token.use_cases.issue_token import IssueToken, RawTokenRequest
from tests.unit.fence.model.permissions import ISSUER, App, Change, Issued, claims_of
from tests.unit.fence.model.process import SimulatedProcess
from tests.unit.fence.model.promises import Promises
from tests.unit.fence.model.world import Delay

_FORM = "application/x-www-form-urlencoded"


class SimulatedGuard(Guard):
    """The real guard; only the signatures of tokens are taken for good."""

    tokens: Mapping[str, Issued]

    def _verified(self, token: str) -> AccessTokenClaims:
        return self.tokens[token].claims


class Judging:
    """Requests to one process."""

    def __init__(self, process: SimulatedProcess, promises: Promises, tokens: Mapping[str, Issued]) -> None:
        self._process = process
        self._promises = promises
        self._guard = SimulatedGuard(
            issuer=ISSUER, audience=API_AUDIENCE, keys=KeySet(), fence=process, now=process.wall
        )
        self._guard.tokens = tokens

    def request(self, token: Issued, *, is_calm: bool = False) -> bool | None:
        """Whether the token is let in; None if that can't be told now. `is_calm`: it was issued just now."""
        wall_error = self._process.habits.wall_error
        try:
            self._guard.authenticate(token.name)
        except TokenRefused as refused:
            if refused.code is RefusalCode.TOKEN_VOID:
                self._promises.refused_as_void(self._process, token)
            elif refused.code is RefusalCode.EXPIRED:
                self._promises.refused_as_expired(self._process, token, wall_error)
            elif refused.code is RefusalCode.TOKEN_BEFORE_FENCE:
                self._promises.refused_as_before_the_fence(self._process, token, is_calm=is_calm)
            return False
        except StaleGuard:
            return None
        self._promises.accepted(self._process, token)
        return True


class Projection:
    """A database of the token service: rows that come later than what the fence tells, and not in order."""

    def __init__(self, apps: Sequence[App]) -> None:
        self._apps = apps
        self._rows: dict[str, Client] = {}

    def take(self, client: Client) -> None:
        known = self._rows.get(client.client_id)
        if known is None or known.version < client.version:
            self._rows[client.client_id] = client

    def find(self, app_id: str) -> Client | None:
        return self._rows.get(app_id)

    def is_recent(self, app_id: str, process: SimulatedProcess) -> bool:
        """As `ProjectionRecency`: whether the row lacks nothing that is older than what the fence covers."""
        horizon = process.part.core.log.covers_since + CLOCK_TOLERANCE.total_seconds()
        row = self._rows.get(app_id)
        return row is not None and row.version >= self._told_before(app_id, horizon)

    def _told_before(self, app_id: str, horizon: float) -> int:
        changes = next(app.changes for app in self._apps if app.app_id == app_id)
        told = (one.version for one in changes if one.appended_at is not None and one.appended_at < horizon)
        return max(told, default=0)


class Issuing:
    """The real token endpoint of one process, over a projection."""

    def __init__(
        self,
        process: SimulatedProcess,
        projection: Projection,
        promises: Promises,
        publish: Callable[[AccessTokenClaims], None],
    ) -> None:
        self._process = process
        self._projection = projection
        self._promises = promises
        self._publish = publish
        self._issued = 0
        self._issue = IssueToken(
            authenticate=self._authenticate,  # type: ignore[arg-type]
            proofs=None,  # type: ignore[arg-type]
            grants={GrantType.CLIENT_CREDENTIALS: ClientCredentialsGrant()},
            minter=self,  # type: ignore[arg-type]
            permit=process,
            keys=self,
            now=process.time_of_day,
        )

    async def token(self, app_id: str) -> None:
        """Asks for a token; whether there is one shows in what is published."""
        process, began = self._process, self._process.world.now
        body = f"grant_type=client_credentials&client_id={app_id}&client_secret=s".encode()
        self._version = -1
        try:
            await self._issue(RawTokenRequest(body, _FORM))
        except (Unavailable, RowBelowFloor):
            return
        except TokenRequestDenied:
            # A refusal is an answer too: a client that is disabled no more must not be told that it is.
            pass
        self._promises.went_by(process, app_id, self._version, began=began)

    async def _authenticate(self, credentials: Any, issued_at: float) -> Asking:
        process, app_id = self._process, credentials.client_id
        if not self._projection.is_recent(app_id, process):
            raise RowBelowFloor(app_id)

        async def read() -> Client | None:
            await Delay(process.world.random.uniform(0.0002, 0.005))
            found = self._projection.find(app_id)
            await Delay(process.world.random.uniform(0.0002, 0.005))
            return found

        client = await await_row(process.rules, subjects.app(app_id), read, limit=1.0, clock=process.boot, sleep=_sleep)
        assert client is not None
        self._version = client.version
        return Asking(client, None, issued_at)

    def are_current(self) -> bool:
        """As the keys in use, which are; but between the last check and the signature the process can be stopped."""
        self._process.hesitate()
        return True

    def access_token(self, asking: Asking, _grounds: object, decision: Any, *_: object, **__: object) -> str:
        """As the minter of `IssueToken`."""
        self._issued += 1
        number = hash((self._process.name, self._issued))
        self._publish(
            claims_of(
                asking.client,
                decision.scopes,
                number=number,
                issued_at=int(asking.issued_at),
                position=asking.fence_position,
            )
        )
        return ""


async def _sleep(seconds: float) -> None:
    await Delay(seconds)


class Answering:
    """Those who wait at one process for their changes to be in force everywhere."""

    def __init__(self, process: SimulatedProcess, promises: Promises, answered: Callable[[Change], None]) -> None:
        self._process = process
        self._promises = promises
        self._answered = answered
        self._waiting: list[tuple[Change, float]] = []
        process.on_progress.append(self._look)

    def wait_for(self, change: Change) -> None:
        self._waiting.append((change, self._process.boot() + self._process.settings.answer_limit))

    def ask(self, change: Change) -> bool:
        """Whether the change is in force everywhere; if so, that is an answer."""
        process = self._process
        status = process.status(change.event.subject, change.version)
        if not status.reached:
            self._promises.waits(process, change, status)
            self._ask_when_gone(change, [one.instance_id for one in status.pending])
            return False
        if change.answered_at is None:
            change.answered_at = process.world.now
            self._answered(change)
        return True

    def _ask_when_gone(self, change: Change, names: list[str]) -> None:
        """Bad luck: somebody asks at the very moment at which an instance counts as gone."""
        process = self._process
        for known in process.part.core._instances._instances.values():
            if known.last.instance_id in names and process.world.random.random() < 0.3:
                left = known.read_at + process.settings.gone_after(known.last.max_staleness) - process.boot()
                process.world.after(left / process.habits.rate + 1e-6, lambda: self._ask_again(change), process)

    def _ask_again(self, change: Change) -> None:
        if change.answered_at is None:
            self.ask(change)

    def _look(self) -> None:
        now, waiting = self._process.boot(), self._waiting
        self._waiting = [(change, deadline) for change, deadline in waiting if not self.ask(change) and now < deadline]
