"""`python -m tests.deeds [--only TEXT] [--table FILE] [--json FILE]`: one deed after another, and a row for each.

A platform is used for the next deed if nothing of the last one is left on it; else there is a new one.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from grantstream.kafka.topic_admin import check_topics
from tests.deeds import report
from tests.deeds.catalogue import deeds
from tests.deeds.course import Course, take
from tests.deeds.ground import Ground
from tests.deeds.verdict import verdict


def main() -> int:
    asked = _arguments()
    chosen = [deed for deed in deeds() if not asked.only or any(text in deed.label for text in asked.only)]
    first = asked.start - 1
    if asked.list:
        print("\n".join(deed.label for deed in chosen))
        return 0
    with Grounds(asked.workers, keep=asked.keep) as grounds:
        for number, deed in enumerate(chosen[first:], start=asked.start):
            print(f"{number} of {len(chosen)}: {deed.label}", flush=True)
            try:
                course = take(grounds.ready(), deed)
            except Exception as error:  # the next deed is tried all the same, on other ground
                print(f"    the course broke off: {error!r}", flush=True)
                grounds.leave()
                continue
            _write(course, asked)
            if not _is_as_before(grounds.ready(), course):
                grounds.leave()
    return 0


class Grounds:
    """A platform that is well, made when it is needed."""

    def __init__(self, http_workers: int, *, keep: bool) -> None:
        self._http_workers = http_workers
        self._keep = keep
        self._stack = ExitStack()
        self._ground: Ground | None = None

    def __enter__(self) -> "Grounds":
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def ready(self) -> Ground:
        """The one there is, or a new one."""
        if self._ground is None:
            folder = Path(tempfile.mkdtemp(prefix="grantstream-deeds-"))
            self._ground = self._stack.enter_context(Ground(folder, http_workers=self._http_workers))
        return self._ground

    def leave(self) -> None:
        """Ends it; the next is a new one."""
        if self._ground is None:
            return
        ground, self._ground = self._ground, None
        self._stack.close()
        if self._keep:
            print(f"    its logs are in {ground.platform.settings.state_dir / 'logs'}", flush=True)
        else:
            ground.remove()


def _write(course: Course, asked: argparse.Namespace) -> None:
    row = report.row(course)
    print(f"    {verdict(course)} ({course.seconds:.0f} s)\n    {row}", flush=True)
    if asked.table:
        is_new = not asked.table.exists()
        with asked.table.open("a") as table:
            table.write(report.HEAD * is_new + row)
    if asked.json:
        with asked.json.open("a") as lines:
            lines.write(report.line(course) + "\n")


def _is_as_before(ground: Ground, course: Course) -> bool:
    """Whether the next deed can be done to the same platform: nothing was wrong, and the topics are as they must be."""
    wrong = course.violations or course.losses or course.unhealed or course.findings.get("after")
    return not wrong and not course.deed.lasts and not asyncio.run(check_topics(ground.broker.bootstrap_servers))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.deeds", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], help="part of a deed's label; may be given several times"
    )
    parser.add_argument("--start", type=int, default=1, help="the number of the first deed that is done")
    parser.add_argument("--list", action="store_true", help="show the deeds and do nothing")
    parser.add_argument("--table", type=Path, help="a file that gets a row of a Markdown table for each")
    parser.add_argument("--json", type=Path, help="a file that gets a line for each, with everything")
    parser.add_argument("--workers", type=int, default=1, help="HTTP processes of each service")
    parser.add_argument("--keep", action="store_true", help="leave the logs of each platform")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
