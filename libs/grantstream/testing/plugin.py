"""The pytest plugin, which the installed package registers (docs/testing.md).

Servers start when a test first uses them. They live as long as the test run, everything else as long as one test.
`KAFKA_BOOTSTRAP_SERVERS`, `POSTGRES_DSN` and `--grantstream-platform` name servers to use instead; a project with
servers of its own may also override the fixtures.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from grantstream.testing.borrowed import borrowed
from grantstream.testing.databases import fresh_database
from grantstream.testing.expected_dead_letters import ExpectedDeadLetters
from grantstream.testing.expected_events import ExpectedEvents
from grantstream.testing.fake_fence import FakeFence
from grantstream.testing.mint import Mint
from grantstream.testing.platform_under_test import PlatformUnderTest, open_platform_topics
from grantstream.testing.publishing import RecordPublisher
from grantstream.testing.token_minting import TokenFactory
from grantstream.testing.topic_log import TopicLog
from grantstream.testing.topics_under_test import BrokerUnderTest, MintedCredentials, TopicsUnderTest

_PLATFORM_OPTION = "--grantstream-platform"
_PLATFORM_FIXTURE = "grantstream_platform"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--grantstream-platform FILE`, or the variable GRANTSTREAM_PLATFORM_FILE."""
    parser.getgroup("grantstream").addoption(
        _PLATFORM_OPTION,
        metavar="FILE",
        default=os.environ.get("GRANTSTREAM_PLATFORM_FILE"),
        help="the platform.json of a running platform, to be used instead of one of the tests' own",
    )


@pytest.fixture(scope="session")
def grantstream_kafka() -> Iterator[str]:
    """`host:port` of a broker with the topics of the register."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    with borrowed("kafka") as lent:
        yield lent["kafka"]


@pytest.fixture(scope="session")
def grantstream_postgres() -> Iterator[str]:
    """The DSN of a PostgreSQL server's administrator."""
    if given := os.environ.get("POSTGRES_DSN"):
        yield given
        return
    with borrowed("postgres") as lent:
        yield lent["postgres"]


@pytest.fixture(scope="session")
def grantstream_platform(request: pytest.FixtureRequest) -> Iterator[PlatformUnderTest]:
    """The whole platform: the three services, broker, database and the one base URL."""
    if given := request.config.getoption(_PLATFORM_OPTION):
        yield PlatformUnderTest.from_file(Path(given))
        return
    with borrowed("platform") as lent:
        yield PlatformUnderTest.described(lent)


@pytest_asyncio.fixture
async def grantstream_database(grantstream_postgres: str) -> AsyncIterator[str]:
    """The DSN of an empty database, for this test alone."""
    async with fresh_database(grantstream_postgres) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def grantstream_mint() -> Mint:
    """The mint of the tokens of `grantstream_broker`."""
    return Mint()


@pytest.fixture
def grantstream_broker(grantstream_kafka: str, grantstream_mint: Mint) -> BrokerUnderTest:
    """A broker with a guard, and nothing else of the platform."""
    fence = FakeFence()
    return BrokerUnderTest(
        bootstrap_servers=grantstream_kafka,
        guard=grantstream_mint.guard(fence=fence),
        credentials=MintedCredentials(grantstream_mint),
        mint=grantstream_mint,
        fence=fence,
    )


@pytest_asyncio.fixture
async def grantstream_topics(request: pytest.FixtureRequest) -> AsyncIterator[TopicsUnderTest]:
    """The topics of `publish`, `events` and `dead_letters`: the platform's if the test uses it, else the broker's."""
    if _PLATFORM_FIXTURE not in request.fixturenames:
        yield request.getfixturevalue("grantstream_broker")
        return
    async with open_platform_topics(request.getfixturevalue(_PLATFORM_FIXTURE)) as topics:
        yield topics


@pytest_asyncio.fixture
async def grantstream_log(grantstream_topics: TopicsUnderTest) -> AsyncIterator[TopicLog]:
    """The records that are appended from now on."""
    async with TopicLog(grantstream_topics.bootstrap_servers) as log:
        yield log


@pytest.fixture
def mint_token(grantstream_mint: Mint) -> TokenFactory:
    """`mint_token(scopes=..., expired=True)`: a token that `grantstream_broker.guard` believes, or an invalid one."""
    return TokenFactory(grantstream_mint)


@pytest_asyncio.fixture
async def publish(grantstream_topics: TopicsUnderTest) -> AsyncIterator[RecordPublisher]:
    """A callable that appends a record, valid or not, from an event."""
    publisher = RecordPublisher(grantstream_topics)
    yield publisher
    await publisher.close()


@pytest.fixture
def events(grantstream_topics: TopicsUnderTest, grantstream_log: TopicLog) -> ExpectedEvents:
    """`await events.expect("app.disabled", subject=...)`: the events that arrive from now on."""
    return ExpectedEvents(grantstream_topics, grantstream_log)


@pytest.fixture
def dead_letters(grantstream_log: TopicLog) -> ExpectedDeadLetters:
    """`await dead_letters.expect(appended, reason=...)`: the dead letters that arrive from now on."""
    return ExpectedDeadLetters(grantstream_log)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Reports which platform is used, if it is not the tests' own."""
    given: Any = config.getoption(_PLATFORM_OPTION)
    return f"grantstream: the platform of {given}" if given else None
