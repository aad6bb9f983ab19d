"""What became of an event that a group could not take, told on `dead.letter` with a token and a proof.

A mark decides what a rebuild leaves out and what a group takes again, so it is believed only of those who may write it:
the group itself, and whoever the key space `dead/*` was given to.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from grantstream.contracts.events.dead import DeadLetterEvent
from grantstream.events.errors import DeadLetterFailed
from grantstream.events.producing.outbox import prepared
from grantstream.events.producing.own_token import TokenValidity
from grantstream.events.producing.record_window import Acknowledged, RecordWindow
from grantstream.events.producing.send_queue import event_records
from grantstream.fence import CredentialSource


class DeadLetterMarks:
    """Appends marks. `source` is their `ce_source`."""

    def __init__(self, window: RecordWindow, credentials: CredentialSource, *, source: str) -> None:
        self._window = window
        self._credentials = credentials
        self._source = source

    async def append(self, marks: Sequence[DeadLetterEvent]) -> None:
        """Returns once the broker has them, at a time when their token was good. Raises DeadLetterFailed."""
        if not marks:
            return
        credential = await self._credentials.current()
        validity = TokenValidity.of(credential.token)
        now = datetime.now(UTC)
        events = [prepared(mark, source=self._source, now=now) for mark in marks]
        for outcome in await self._window.send(event_records(events, credential)):
            if not isinstance(outcome, Acknowledged):
                raise DeadLetterFailed(events[0].topic) from outcome
            if not validity.covers(outcome.appended_at):
                raise DeadLetterFailed(f"{events[0].topic}: appended outside the validity of the token")
