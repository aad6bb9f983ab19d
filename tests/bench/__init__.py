"""Measurements beside the simplest thing that could do the same work: `python -m tests.bench [name ...]`.

Every `bench_*.py` has a `main()` that prints medians and ratios. They need the two cores for themselves.
What clients and servers log is left out, in the processes that they start, too: figures alone are printed.
"""

import logging

logging.disable(logging.ERROR)
