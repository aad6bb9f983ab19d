"""Many of these tests start brokers, so what lets one start quickly is made first."""

import pytest

from deploy.local.kafka_broker import JARS
from tests.servers.kafka_classes import keep_classes


@pytest.fixture(scope="session", autouse=True)
def kafka_classes() -> None:
    """Made once for this checkout."""
    keep_classes(JARS)
