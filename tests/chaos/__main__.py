"""`python -m tests.chaos [--seed N] [--rounds N] [--only KIND ...]`: many faults, and all promises checked after them.

Prints what happens as it happens, and the seed; the same seed plays the same faults in the same order again.
"""

import argparse
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.campaign import Campaign, Plan
from tests.chaos.checks import CHECKS, broken

SHOWN = 10


def main() -> int:
    asked = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="grantstream-chaos-"))
    folder.chmod(0o711)  # PostgreSQL's own user must get in
    plan = Plan(seed=asked.seed, rounds=asked.rounds, pause=asked.pause, only=tuple(asked.only))
    with Campaign(folder, plan) as campaign:
        failed = broken(campaign.run())
    diary, history = campaign.diary, campaign.history
    print(f"\nseed {plan.seed}, {plan.rounds} rounds in {diary.now():.0f} s; {len(CHECKS)} checks")
    for kind, count in sorted(diary.faults.items()):
        print(f"  {count:4} x {kind}")
    print(
        f"  {len(history.answered)} changes answered, {history.unanswered} not; {history.promises} promises, "
        f"{history.probes} probes ({history.late_probes} late), {len(history.requests)} requests of the bystander"
    )
    for name, lines in failed.items():
        print(f"FAILED {name} ({len(lines)})")
        for line in lines[:SHOWN]:
            print(f"    {line}")
    if failed:
        print(f"seed {plan.seed}; everything is in {folder}")
        return 1
    print("every promise was kept")
    if not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--rounds", type=int, default=35, help="how many faults strike")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds between two acts, on average")
    parser.add_argument("--keep", action="store_true", help="leave the logs of a run that went well, too")
    parser.add_argument("--only", action="append", default=[], help="a kind of fault; may be given several times")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
