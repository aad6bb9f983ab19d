"""The command `grantstream`, run as an operator runs it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did. `told`: standard output; `complained`: standard error."""

    status: int
    told: str
    complained: str

    def lines(self) -> list[Any]:
        """The objects of an output with `--json`."""
        assert self.status in (0, 1), self.complained
        return [json.loads(line) for line in self.told.splitlines()]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs commands against the platform of one `platform.json`."""

    platform_file: Path

    def __call__(self, *arguments: str, told: str = "") -> Ran:
        """Runs `grantstream` with these arguments and this on standard input."""
        command = [sys.executable, "-m", "grantstream.cli", *arguments, "--platform", str(self.platform_file)]
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=_SECONDS)
        return Ran(done.returncode, done.stdout, done.stderr)
