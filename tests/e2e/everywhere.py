"""What every HTTP process of the platform says of a token, or of a request for one, at the same moment."""

from collections.abc import Callable, Sequence

from tests.e2e.calls import Call, get
from tests.e2e.client import Answer
from tests.e2e.processes import Process, ask_all, connect
from tests.e2e.stage import Stage

_PROBES: dict[str, Callable[[str], Call]] = {
    # Each is open to any valid token, or else refused (403) only after the token itself was found good.
    "receipts": lambda token: get("/receipts/schemas", token),
    "registration": lambda token: get("/app-mgmt/v4/apis", token),
    "token": lambda token: get("/companies/none", token),
}
_MOST_CONNECTIONS = 100
_FAIL_CLOSED = (401, 503)
"""401: the token is void. 503: this process does not know for certain, and lets nobody in."""


class Everywhere:
    """Keeps a connection to each process."""

    def __init__(self, stage: Stage) -> None:
        self.processes = stage.processes()
        self._more: list[Process] = []
        self._bases = stage.description
        self._seen = stage.seen

    def close(self) -> None:
        """Closes all connections."""
        for process in [*self.processes, *self._more]:
            process.connection.close()

    def another(self, process: Process) -> Process:
        """One more connection to a process."""
        for _ in range(_MOST_CONNECTIONS):
            found = connect(process.service, self._bases[process.service], self._seen)
            if found.pid == process.pid:
                self._more.append(found)
                return found
            found.connection.close()
        raise AssertionError(f"{process} took no new connection")

    def of(self, service: str) -> list[Process]:
        """The processes of one service."""
        return [process for process in self.processes if process.service == service]

    def statuses(self, token: str) -> dict[str, int]:
        """How each process answers to a token."""
        for process in self.processes:
            process.connection.send(probe(process, token))
        return {str(process): process.connection.receive().status for process in self.processes}

    def accepting(self, token: str) -> list[str]:
        """The processes that let a token in: what must be empty when a change was answered."""
        return [name for name, status in self.statuses(token).items() if status not in _FAIL_CLOSED]

    def refusing(self, token: str) -> list[str]:
        """The processes that do not let a token in."""
        return [f"{name}: {status}" for name, status in self.statuses(token).items() if status in _FAIL_CLOSED]

    def asked_to_mint(self, call: Call) -> list[tuple[Process, Answer]]:
        """What each process of the token service answers to a token request."""
        return ask_all(self.of("token"), call)

    def minting(self, call: Call) -> list[str]:
        """The processes that issue a token: what must be empty when an application or a user may have none."""
        return [f"{process} minted" for process, answer in self.asked_to_mint(call) if answer.status == 200]

    def minted(self, call: Call) -> tuple[list[str], list[str]]:
        """The tokens that all processes issue, and the refusals of those that do not."""
        answers = self.asked_to_mint(call)
        refusals = [f"{process}: {answer.status} {answer.code}" for process, answer in answers if answer.status != 200]
        return [answer.json()["access_token"] for _, answer in answers if answer.status == 200], refusals


def probe(process: Process, token: str) -> Call:
    """A question that shows whether a process lets a token in."""
    return _PROBES[process.service](token)


def used(processes: Sequence[Process], token: str) -> list[int]:
    """The statuses with which these processes of receipts answer to a token."""
    return [answer.status for _, answer in ask_all(processes, _PROBES["receipts"](token))]
