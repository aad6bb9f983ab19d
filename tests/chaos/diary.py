"""What happened when: printed as it happens, and kept for the report."""

import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Diary:
    """Lines with the seconds since the start. Safe in threads."""

    file: Path
    began: float = field(default_factory=time.monotonic)
    faults: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault struck."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    def say(self, text: str) -> None:
        """Prints a line and keeps it."""
        line = f"{self.now():8.2f}  {text}"
        with self._lock:
            print(line, flush=True, file=sys.stderr)
            with self.file.open("a") as kept:
                kept.write(line + "\n")

    def fault(self, kind: str, detail: str = "") -> None:
        """A fault strikes."""
        self.faults[kind] += 1
        self.say(f"FAULT {kind}{f': {detail}' if detail else ''}")
