"""What to do with each row of a window after it was sent: delete it, hold it back, or send it again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grantstream.events.producing.record_window import OWN_FAULTS, Acknowledged, Outcome
from grantstream.events.producing.token_validity import TokenValidity
from grantstream.events.relaying.relay_settings import RelayFailure


@dataclass(slots=True)
class WindowOutcome:
    """`gone`: to be deleted. `held`: the first row of each aggregate that can't be sent, and why.

    `failure`: why others are to be sent again, if any are.
    """

    gone: list[Any] = field(default_factory=list)
    held: list[tuple[Any, Exception]] = field(default_factory=list)
    failure: tuple[RelayFailure, object] | None = None


def window_outcome(rows: Sequence[Any], outcomes: Sequence[Outcome], validity: TokenValidity) -> WindowOutcome:
    """Sorts the rows. What comes after a row of the same aggregate that did not go is sent again after it.

    An event that was appended outside its token's validity is refused by everybody: it goes again, with the same id
    and a token that is current then.
    """
    found = WindowOutcome()
    stopped: set[str] = set()
    for row, outcome in zip(rows, outcomes, strict=True):
        subject = row["ce_subject"]
        if subject in stopped:
            continue
        if isinstance(outcome, Acknowledged) and validity.covers(outcome.appended_at):
            found.gone.append(row)
            continue
        stopped.add(subject)
        if isinstance(outcome, OWN_FAULTS):
            found.held.append((row, outcome))
        elif found.failure is None:
            found.failure = ("token_validity" if isinstance(outcome, Acknowledged) else "broker", outcome)
    return found
