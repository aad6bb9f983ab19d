"""What is done with a batch of records: all of it, or it is done again.

First in one transaction, as nearly always nothing is wrong. If a handler fails, one by one: an event's own fault
ends in its dead letter, a passing one is tried until it has passed. Only then is the batch acknowledged, so the order
of each partition holds and nothing is ever committed past an event that is neither applied nor set aside. To do a part
of a batch twice changes nothing: handlers only write what a newer version, or the inbox, decides.
"""

from collections.abc import Sequence
from typing import Any

from grantstream.contracts.events.dead import RedriveAsked
from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver
from grantstream.events.consuming.judging import Accepted, Judge, Refused, Skipped
from grantstream.events.consuming.setting_aside import SettingAside
from grantstream.events.dead.redriving import Redriving


class BatchHandler:
    """Judges batches, applies what is accepted, sets aside what is not."""

    def __init__(
        self,
        judge: Judge,
        applying: Applying,
        setting_aside: SettingAside,
        redriving: Redriving,
        observer: ConsumerObserver,
    ) -> None:
        self._judge = judge
        self._applying = applying
        self._setting_aside = setting_aside
        self._redriving = redriving
        self._observer = observer

    async def handle(self, records: Sequence[Any]) -> None:
        """Returns once each record was applied, skipped or set aside. Raises only when cancelled."""
        verdicts = await self._judge.judge_all(records)
        refused = [verdict for verdict in verdicts if isinstance(verdict, Refused)]
        accepted = [verdict for verdict in verdicts if isinstance(verdict, Accepted)]
        refused += await self._applied([event for event in accepted if self._applying.handles(event)])
        await self._setting_aside.all(refused)
        for verdict in verdicts:
            if isinstance(verdict, Skipped):
                self._observer.skipped(verdict.record.topic, verdict.why)
        await self._redriving.all([event.data for event in accepted if isinstance(event.data, RedriveAsked)])

    async def _applied(self, events: Sequence[Accepted]) -> list[Refused]:
        """Applies events; those that can't be applied."""
        if not events or await self._applying.together(events):
            return []
        outcomes = [await self._applying.alone(event) for event in events]
        return [outcome for outcome in outcomes if outcome is not None]
