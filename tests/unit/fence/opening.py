"""A log as most tests want it: it reaches back as far as matters, and is known to be the topic's all the time."""

from grantstream.fence.known_log import Opening

WHOLE = Opening("log-1", start=7, reaches_back=True, asked_at=float("inf"))
