"""The rules of many subjects, in columns: a million of them fit into 200 MiB, and no object is made for each."""

from array import array
from typing import Final

from grantstream.contracts.void import VoidBelow
from grantstream.fence.told_bounds import History, Told, adds_to, told_too

LARGEST_VERSION: Final = 2**32 - 1
"""Versions count changes, so none ever gets there; a larger one stands for this."""

NOWHERE: Final = -1


class RuleTable:
    """One row for each subject; a row is a number. Rows are taken and given back by `RuleBook`.

    `version`, `offset` and `appended_at` are of the newest change. A plain bound, which is by version alone and was
    told once, stands in `void` (0: there is none) and `told_at`; whatever is more than that, in `histories`.
    """

    def __init__(self) -> None:
        self.versions = array("I")
        self.offsets = array("q")
        self.appended_at = array("d")
        self._void = array("I")
        self._told_at = array("d")
        self._histories: dict[int, History] = {}
        self._free = array("I")

    def add(self, version: int, offset: int, appended_at: float) -> int:
        """A new row, in which nothing is void."""
        if self._free:
            row = self._free.pop()
            self.versions[row], self.offsets[row], self.appended_at[row] = version, offset, appended_at
            self._void[row] = 0
            return row
        self.versions.append(version)
        self.offsets.append(offset)
        self.appended_at.append(appended_at)
        self._void.append(0)
        self._told_at.append(0.0)
        return len(self.versions) - 1

    def remove(self, row: int) -> None:
        """Gives a row back."""
        self._histories.pop(row, None)
        self._free.append(row)

    def raise_bounds(self, row: int, told: Told, *, oldest: float) -> None:
        """Takes in what was told void. What was told before `oldest` need not be told apart any more."""
        history, bounds = self._history(row), told.bounds
        if bounds.is_empty or (history and not adds_to(history, bounds)):
            return
        if not history and not bounds.scopes and not bounds.grants:
            self._void[row], self._told_at[row] = min(bounds.version, LARGEST_VERSION), told.at
        else:
            self._histories[row] = told_too(history, told, oldest=oldest)

    def is_anything_void(self, row: int, at: float | None) -> bool:
        """Whether anything had been told void of a subject by `at`; None: by now."""
        history = self._histories.get(row)
        if history is not None:
            return at is None or history[0].at <= at
        return self._void[row] > 0 and (at is None or self._told_at[row] <= at)

    def voids(self, row: int, issued_from: int, scopes: frozenset[str], grant_type: str, at: float | None) -> bool:
        """Whether a token issued from this version, with these scopes by this grant type, had been void by `at`."""
        history = self._histories.get(row)
        if history is not None:
            return any(
                told.bounds.voids(issued_from, scopes, grant_type) for told in history if at is None or told.at <= at
            )
        return issued_from < self._void[row] and (at is None or self._told_at[row] <= at)

    def _history(self, row: int) -> History:
        history = self._histories.get(row)
        if history is None and self._void[row]:
            return (Told(self._told_at[row], VoidBelow(version=self._void[row])),)
        return history or ()
