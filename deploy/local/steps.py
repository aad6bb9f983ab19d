"""Progress output: each step as it happens, its time, and its progress if known."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape


class Step(Protocol):
    """A step that is under way."""

    def progress(self, done: int, total: int) -> None:
        """Show the progress."""
        ...

    def result(self, text: str) -> None:
        """Set the text to print beside the step's name when it is done."""
        ...


class Steps:
    """Prints steps: with a spinner and colours on a terminal, as plain lines elsewhere, or not at all."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(quiet=quiet, highlight=False)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show `title` while the block runs, then its result and its time in seconds."""
        started = time.monotonic()
        step = _Terminal(self._console, title) if self._console.is_terminal else _Plain(self._console, title)
        try:
            with step:
                yield step
        except BaseException:
            self._console.print(f"[red]✗[/] {escape(title)}" if self._console.is_terminal else "failed")
            raise
        seconds = f"{time.monotonic() - started:.1f} s"
        if self._console.is_terminal:
            self._console.print(f"[green]✓[/] {escape(title)}  {escape(step.text)}  [dim]{seconds}[/]")
        else:
            self._console.print("  ".join(filter(None, (escape(step.text), seconds))), soft_wrap=True)

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(escape(text), soft_wrap=True)


class _Plain:
    """One line for each step: its name when it begins, the rest when it ends."""

    def __init__(self, console: Console, title: str) -> None:
        self.text = ""
        self._console = console
        self._title = title

    def __enter__(self) -> None:
        self._console.print(f"{escape(self._title)} ... ", end="", soft_wrap=True)
        sys.stdout.flush()

    def __exit__(self, *_: object) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        """Print every tenth: enough for a log."""
        if done % 10 == 0 or done == total:
            self._console.print(f"{done}/{total} ", end="")
            sys.stdout.flush()

    def result(self, text: str) -> None:
        self.text = text


class _Terminal:
    """A spinner with the progress."""

    def __init__(self, console: Console, title: str) -> None:
        self.text = ""
        self._title = title
        self._status = console.status(escape(title))

    def __enter__(self) -> None:
        self._status.start()

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def progress(self, done: int, total: int) -> None:
        self._status.update(f"{escape(self._title)}  {done} of {total}")

    def result(self, text: str) -> None:
        self.text = text
