"""How soon a disable is answered, and whether anybody takes a token after that: `python -m tests.bench.bench_disable`.

Each round disables an application and, the moment the answer is there, asks every HTTP process with a live token, and
every token process for a new one. Starts a platform of its own unless `--platform` names the `platform.json` of one.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.running_platform import Platform
from deploy.local.settings import LocalSettings
from tests.e2e.everywhere import Everywhere
from tests.e2e.rounds import Outcome, Rounds
from tests.e2e.stage import Stage

WARM_UP = 5


def main() -> int:
    asked = _arguments()
    with _stage(asked.platform, asked.workers) as stage:
        rounds = _rounds(stage)
        for _ in range(WARM_UP):
            rounds.disable()
        outcomes = [rounds.disable() for _ in range(asked.rounds)]
        processes = len(rounds.everywhere.processes)
        rounds.everywhere.close()
        stage.base.close()
    return _report(outcomes, processes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_disable")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2, help="HTTP processes of each service")
    parser.add_argument("--platform", type=Path, help="platform.json of a platform that runs")
    return parser.parse_args()


@contextmanager
def _stage(platform_file: Path | None, workers: int) -> Iterator[Stage]:
    if platform_file is not None:
        yield Stage(json.loads(platform_file.read_text()), workers=workers)
        return
    with tempfile.TemporaryDirectory(prefix="grantstream-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own user must get in
        settings = LocalSettings.on_free_ports(Path(folder) / "platform", postgres_durable=False, http_workers=workers)
        with Platform(settings, die_with_parent=True) as platform:
            yield Stage(platform.description, workers=workers)
        platform.remove_state()


def _rounds(stage: Stage) -> Rounds:
    admin = stage.open_company()
    return Rounds(stage, Everywhere(stage), admin, stage.register(admin, "receipts.writeonly", "receipts.read"))


def _report(outcomes: list[Outcome], processes: int) -> int:
    answered = sorted(outcome.seconds * 1000 for outcome in outcomes)
    p99 = statistics.quantiles(answered, n=100)[98] if len(answered) > 1 else answered[0]
    violations = [violation for outcome in outcomes for violation in outcome.violations]
    late = sum(not outcome.promised for outcome in outcomes)
    print(f"disable, {len(outcomes)} rounds, {processes} HTTP processes asked at once after each answer")
    print(f"  answered after    median {statistics.median(answered):.1f} ms, p99 {p99:.1f} ms")
    print(f"  answered 202      {late}")
    print(f"  violations        {len(violations)}")
    for violation in violations[:10]:
        print(f"    {violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
