"""How far something is, on standard error: a bar on a terminal, and a line now and then where there is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function that is told how much is done, of how much."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            bar.update(task, completed=done, total=total)
            if not console.is_terminal and total and (done == total or done / total - told >= 0.1):
                told = done / total
                console.print(f"{what}: {done} of {total}")

        yield tell
