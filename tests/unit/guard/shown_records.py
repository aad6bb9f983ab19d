"""Records on their topic, with what their producer showed: honest ones, to be changed by a test."""

import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from grantstream.contracts.events.registration import AppEnabled
from grantstream.contracts.topics import TOPICS
from grantstream.guard import EventRefused, Guard, RefusalCode
from grantstream.proof import Credential, ProofKey, RecordContent, prove
from grantstream.testing import Mint, record
from grantstream.testing.mint import PRODUCER_KEY, producer_claims

MINT = Mint()
NOW = time.time()


def a_token(**changes: Any) -> str:
    """One that is good when the records here are appended, however long the tests have been running."""
    return MINT.token(producer_claims(now=NOW, **changes))


TOKEN = a_token()


def enabled(number: int) -> AppEnabled:
    return AppEnabled(
        version=number + 1, app_id="app-1", company_id=f"company-{number}", enabled=True, updated_at=datetime.now(UTC)
    )


@dataclass
class Shown:
    """A record on its topic, with what its producer showed."""

    content: RecordContent
    shown: dict[str, bytes | None]
    more: list[tuple[str, bytes | None]] = field(default_factory=list)

    def with_shown(self, **changes: bytes | None) -> "Shown":
        changed = {name.replace("_", "-"): value for name, value in changes.items()}
        return replace(self, shown=self.shown | changed)

    def without(self, name: str) -> "Shown":
        return replace(self, shown={header: value for header, value in self.shown.items() if header != name})

    def saying(self, **changes: Any) -> "Shown":
        return replace(self, content=replace(self.content, **changes))

    def code(self, guard: Guard | None = None) -> RefusalCode | None:
        try:
            (guard or MINT.guard()).read_event(
                topic=TOPICS[self.content.topic],
                key=self.content.key,
                headers=[*self.content.headers, *self.shown.items(), *self.more],
                value=self.content.value,
                appended_at=NOW,
            )
        except EventRefused as refusal:
            return refusal.code
        return None


def window(size: int, *, token: str = TOKEN, key: ProofKey = PRODUCER_KEY, first: int = 0) -> list[Shown]:
    contents = [record(enabled(first + number)) for number in range(size)]
    shown = prove(Credential(token, key), contents)
    return [Shown(content, dict(headers)) for content, headers in zip(contents, shown, strict=True)]


def alone(**options: Any) -> Shown:
    return window(1, **options)[0]


def with_signature(proof: bytes | None, signature: bytes) -> bytes:
    return b".".join([*(proof or b"").split(b".")[:2], urlsafe_b64encode(signature).rstrip(b"=")])
