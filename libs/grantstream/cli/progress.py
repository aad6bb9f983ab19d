"""Progress on standard error: a bar on a terminal, else a line for each tenth."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yields a function to call with the amount done and the total."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        printed = 0.0

        def report_progress(done: int, total: int) -> None:
            nonlocal printed
            bar.update(task, completed=done, total=total)
            if not console.is_terminal and total and (done == total or done / total - printed >= 0.1):
                printed = done / total
                console.print(f"{what}: {done} of {total}")

        yield report_progress
