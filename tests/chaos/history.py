"""What was asked of the platform and what it answered, for whoever checks it in the end. Safe in threads."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answered:
    """A change that was answered. `subject` as in events; `version`: the one it came to be known by."""

    at: float
    kind: str
    subject: str
    version: int
    status: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the bystander. `status`: 0 if there was no answer at all."""

    sent_at: float
    answered_at: float
    what: str
    status: int

    @property
    def went_well(self) -> bool:
        """Whether the answer was what was asked for, at once or (202) soon."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Renewal:
    """A token that was good when it was given, and was refused (401) although nothing had taken it back."""

    whose: str
    given_at: float
    refused_at: float


@dataclass(slots=True)
class History:
    """All of it. `now` gives seconds since the start of the run."""

    now: Callable[[], float]
    answered: list[Answered] = field(default_factory=list)
    unanswered: int = 0
    promises: int = 0
    """Narrowing changes after whose answer every process was asked."""
    probes: int = 0
    late_probes: int = 0
    """Those that were answered only after their process had stood still."""
    requests: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def changed(self, kind: str, subject: str, version: int, status: int) -> None:
        """A change was answered."""
        with self._lock:
            self.answered.append(Answered(self.now(), kind, subject, version, status))

    def not_answered(self) -> None:
        """It is not known whether a change was made."""
        with self._lock:
            self.unanswered += 1

    def asked(self, request: Request) -> None:
        """The bystander asked for something."""
        with self._lock:
            self.requests.append(request)

    def suffering(self, since: float) -> str:
        """What the bystander noticed since a moment, in words."""
        asked = [request for request in list(self.requests) if request.answered_at >= since]
        failed = [request for request in asked if not request.went_well]
        slowest = max((request.answered_at - request.sent_at for request in asked), default=0.0)
        span = failed[-1].answered_at - failed[0].sent_at if failed else 0.0
        failures = f"{len(failed)} of {len(asked)} requests failed, within {span:.1f} s"
        return f"the bystander: {failures}; slowest {slowest:.1f} s"

    def probed(self, count: int, *, late: bool = False) -> None:
        """Processes were asked with what was withdrawn."""
        with self._lock:
            self.probes += count
            self.late_probes += count if late else 0
            self.promises += 0 if late else 1

    def violated(self, what: str) -> None:
        """A promise was broken."""
        with self._lock:
            self.violations.append(f"at {self.now():.2f}: {what}")

    def renewed(self, renewal: Renewal) -> None:
        """Somebody had to get another token."""
        with self._lock:
            self.renewals.append(renewal)

    def found_odd(self, what: str) -> None:
        """An answer that no client should get."""
        with self._lock:
            self.odd.append(f"at {self.now():.2f}: {what}")
