"""`python -m tests.bench [name ...]`: runs the benchmarks of that name (`guard`, `token`, ...), or all."""

import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names: list[str]) -> int:
    known = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    # Each in an interpreter of its own, so that none measures what another has left behind.
    return max(run(name) for name in names or known)


def run(name: str) -> int:
    print(f"== {name}", flush=True)
    began = time.monotonic()
    code = subprocess.run([sys.executable, "-m", f"tests.bench.bench_{name}"], check=False).returncode
    print(f"   {time.monotonic() - began:.0f} s" + (f", exit code {code}" if code else ""), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
