"""Writes to topics from a test: valid events, or exactly the record that the test made."""

from dataclasses import replace
from typing import Any

from grantstream.contracts.events.state import EventData
from grantstream.events.producing.send_queue import Appended
from grantstream.kafka.record_window import Acknowledged, Record, RecordWindow
from grantstream.proof import Credential, ProofKey, RecordContent
from grantstream.testing.records import record, signed_headers
from grantstream.testing.topics_under_test import TopicsUnderTest


class RecordPublisher:
    """`await publish(...)`: appends one record, and returns its position."""

    def __init__(self, topics: TopicsUnderTest) -> None:
        self._topics = topics
        self._window = RecordWindow(topics.bootstrap_servers, client_id="grantstream-testing")

    async def __call__(
        self,
        what: EventData | RecordContent,
        *,
        token: str | None = None,
        proof_key: ProofKey | None = None,
        **changes: Any,
    ) -> Appended:
        """Appends a valid event, or a raw record unchanged.

        `token`: a token to use instead of a valid one, or for a raw record instead of none (`mint_token(...)`).
        `proof_key`: another key than the token is bound to. `changes`: made after the proof, so that it does not cover
        them: `topic`, `key`, `value`, `headers`. Raises AssertionError if the broker refuses the record.
        """
        made = record(what) if isinstance(what, EventData) else what
        if isinstance(what, EventData) or token is not None:
            made = await self._signed(made, token, proof_key)
        made = replace(made, **changes)
        [outcome] = await self._window.send([Record(made.topic, made.key, made.value, made.headers)])
        if not isinstance(outcome, Acknowledged):
            raise AssertionError(f"the broker did not take a record for {made.topic}: {outcome!r}")
        event_id = dict(made.headers).get("ce_id") or b""
        return Appended(
            topic=made.topic,
            partition=outcome.partition,
            offset=outcome.offset,
            appended_at=outcome.appended_at,
            event_id=event_id.decode(errors="replace"),
        )

    async def close(self) -> None:
        """Ends the producer."""
        await self._window.close()

    async def _signed(self, made: RecordContent, token: str | None, key: ProofKey | None) -> RecordContent:
        credential = await self._topics.credentials.current()
        used = Credential(token or credential.token, key or credential.key)
        headers = signed_headers(
            used.token,
            topic=made.topic,
            key=made.key,
            value=made.value,
            headers=made.headers,
            proof_key=used.key,
        )
        return replace(made, headers=headers)
