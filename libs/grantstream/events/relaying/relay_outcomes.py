"""The outcome of each row of a sent window: delete it, block its aggregate, or send it again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grantstream.events.producing.own_token import TokenValidity
from grantstream.events.relaying.relay_settings import RelayFailure
from grantstream.kafka.record_window import OWN_FAULTS, Acknowledged, Outcome


@dataclass(slots=True)
class WindowOutcome:
    """`delivered`: to be deleted. `blocked`: the first row of each aggregate that can't be sent, and why.

    `failure`: why others are to be sent again, if any are.
    """

    delivered: list[Any] = field(default_factory=list)
    blocked: list[tuple[Any, Exception]] = field(default_factory=list)
    failure: tuple[RelayFailure, object] | None = None


def window_outcome(rows: Sequence[Any], outcomes: Sequence[Outcome], validity: TokenValidity) -> WindowOutcome:
    """Sorts the rows. If a row was not delivered, all later rows of its aggregate are sent again after it.

    All consumers refuse an event that was appended outside its token's validity: it is sent again, with the same id and
    a new token.
    """
    result = WindowOutcome()
    stopped: set[str] = set()
    for row, outcome in zip(rows, outcomes, strict=True):
        subject = row["ce_subject"]
        if subject in stopped:
            continue
        if isinstance(outcome, Acknowledged) and validity.covers(outcome.appended_at):
            result.delivered.append(row)
            continue
        stopped.add(subject)
        if isinstance(outcome, OWN_FAULTS):
            result.blocked.append((row, outcome))
        elif result.failure is None:
            result.failure = ("token_validity" if isinstance(outcome, Acknowledged) else "broker", outcome)
    return result
