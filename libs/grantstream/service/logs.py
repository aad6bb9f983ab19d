"""The log: one JSON object a line on standard output.

It has the lines of `structlog.get_logger(__name__)` and of the standard library's `logging`, also those of libraries
(aiokafka, FastStream, Granian, asyncpg).
"""

import logging
import os
import sys
from typing import Any, Final

import orjson
import structlog
from structlog.types import EventDict, Processor

from grantstream.service.correlation import correlation_id
from grantstream.service.redaction import redact

_TALKATIVE: Final = ("aiokafka", "faststream", "httpx", "httpcore", "asyncio", "_granian")


def configure_logs(*, service: str, role: str, level: str = "info") -> None:
    """Sets up the log of this process, replacing an earlier setup."""
    shared = _shared_processors(service, role)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last_processors()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    logging.captureWarnings(True)


def granian_log_config() -> dict[str, Any]:
    """Makes Granian's loggers pass their lines to the root logger instead of printing them."""
    passing_on = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {},
        "handlers": {},
        "loggers": {"_granian": dict(passing_on), "granian.access": dict(passing_on)},
    }


def _shared_processors(service: str, role: str) -> list[Processor]:
    def with_origin(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        event["role"] = role
        event["pid"] = os.getpid()
        if (request := correlation_id()) is not None:
            event["correlation_id"] = request
        return event

    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        with_origin,
    ]


def _last_processors() -> list[Processor]:
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(serializer=_to_json),
    ]


def _to_json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
