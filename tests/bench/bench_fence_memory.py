"""What a guard's rules weigh: `python -m tests.bench.bench_fence_memory`.

Target: 200 MiB for a million rules in the window, here enablements (the longest names), each narrowed once. Beside them
a dict from each subject to its version alone, which is the least that plain Python could keep.
"""

import gc
import subprocess
import sys
import uuid
from collections.abc import Callable

import psutil

from grantstream.contracts import subjects
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.void import VoidBelow
from grantstream.fence import RuleBook

RULES = 1_000_000
MIB = 2**20


def _subject() -> str:
    return subjects.enablement(str(uuid.uuid4()), str(uuid.uuid4()))


def rules() -> object:
    """The rules as a guard keeps them."""
    book = RuleBook()
    for offset in range(RULES):
        change = PermissionChanged(subject=_subject(), version=7, void_below=VoidBelow(version=7))
        book.apply(change, offset=offset, appended_at=1_000_000.0 + offset / 256)
    assert len(book) == RULES
    return book


def plain() -> object:
    """A dict of versions."""
    return {_subject(): 7 for _ in range(RULES)}


WAYS: dict[str, Callable[[], object]] = {"rules": rules, "plain": plain}


def resident() -> float:
    """This process, in MiB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / MIB)


def main() -> None:
    """Measures each in a process of its own."""
    if len(sys.argv) > 1:
        before = resident()
        kept = WAYS[sys.argv[1]]()
        print(f"{resident() - before:.0f}", flush=True)
        del kept
        return
    weights = {
        name: int(subprocess.check_output([sys.executable, "-m", "tests.bench.bench_fence_memory", name]))
        for name in WAYS
    }
    print(
        f"{RULES:,} rules: {weights['rules']} MiB resident, target 200; a dict of versions alone {weights['plain']} MiB"
    )


if __name__ == "__main__":
    main()
