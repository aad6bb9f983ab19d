"""Registration's events, each to the projection that it maintains."""

from collections.abc import Mapping
from typing import Any, Final

from grantstream.contracts import topics
from grantstream.events.consuming.applying import BatchedHandler, Handler
from services.token.use_cases.project_registration import (
    project_app,
    project_apps,
    project_enablement,
    project_enablements,
)


async def _app(connection: Any, state: Any, _: object) -> object:
    return await project_app(connection, state)


async def _enablement(connection: Any, state: Any, _: object) -> object:
    return await project_enablement(connection, state)


_APPS: Final = BatchedHandler(_app, project_apps)
_ENABLEMENTS: Final = BatchedHandler(_enablement, project_enablements)

APP_TOPICS: Final = (
    topics.APP_REGISTERED,
    topics.APP_MODIFIED,
    topics.APP_DELETED,
    topics.APP_REVIEWED,
    topics.SECRET_ROTATED,
)
ENABLEMENT_TOPICS: Final = (topics.APP_ENABLED, topics.APP_DISABLED)

FOLLOWED: Final = (*APP_TOPICS, *ENABLEMENT_TOPICS)
"""What the projections are made of."""

HANDLERS: Final[Mapping[str, Handler]] = {topic.name: _APPS for topic in APP_TOPICS} | {
    topic.name: _ENABLEMENTS for topic in ENABLEMENT_TOPICS
}
"""By event type, each of which has the name of its topic."""

GROUP_ID: Final = "token"
"""The consumer group of all worker processes."""
