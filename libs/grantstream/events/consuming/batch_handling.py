"""Handles a batch of records completely before it is acknowledged.

The events are applied in one transaction. If a handler fails, they are applied one by one: a faulty event is
dead-lettered, a temporary failure is retried until it has passed. Then the batch is acknowledged. So each partition
keeps its order, and no offset is committed past an event that is neither applied nor dead-lettered. A part of a batch
may be applied twice without effect: handlers check versions or the inbox.
"""

from collections.abc import Sequence
from typing import Any

from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver
from grantstream.events.consuming.judging import Accepted, Judge, Rejected, Skipped
from grantstream.events.consuming.rejection_handling import RejectionHandler


class BatchHandler:
    """Judges batches, applies accepted events, dead-letters rejected ones."""

    def __init__(
        self,
        judge: Judge,
        applying: Applying,
        rejections: RejectionHandler,
        observer: ConsumerObserver,
    ) -> None:
        self._judge = judge
        self._applying = applying
        self._rejections = rejections
        self._observer = observer

    async def handle(self, records: Sequence[Any]) -> None:
        """Returns once each record was applied, skipped or dead-lettered. Raises only when cancelled."""
        verdicts = await self._judge.judge_all(records)
        rejected = [verdict for verdict in verdicts if isinstance(verdict, Rejected)]
        accepted = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
        rejected += await self._applied([event for event in accepted if self._applying.handles(event)])
        await self._rejections.all(rejected)
        for verdict in verdicts:
            if isinstance(verdict, Skipped):
                self._observer.skipped(verdict.record.topic, verdict.why)

    async def _applied(self, events: Sequence[Accepted]) -> list[Rejected]:
        """Applies events. Returns those that can't be applied."""
        if not events or await self._applying.together(events):
            return []
        outcomes = [await self._applying.alone(event) for event in events]
        return [outcome for outcome in outcomes if outcome is not None]
