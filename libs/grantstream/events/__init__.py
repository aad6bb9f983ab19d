"""Events: published from one database in commit order, judged by the guard, applied to another database.

    producing/           writes an event to the outbox or publishes it directly, with its producer's credential
    relaying/            publishes the outbox in order, and republishes the owner's newest states where necessary
    consuming/           judges, applies and acknowledges events; projections
    dead/                dead letters: written, listed, redriven
    replay/              rebuilds of projections, and audits, from the topics alone
    platform_addresses.py  the platform's addresses for programs outside it
    errors.py            the errors of this package
    migrations/          what every service's database has: outbox, inbox, dead letters, ...; see schema.py

`grantstream.contracts` defines the content of events, `grantstream.guard` judges them. Programs outside the platform
import what they need from here; docs/producers.md and docs/consumers.md show how.
"""

from grantstream.events.consuming.inbox import first_time, forget_receipts
from grantstream.events.consuming.judging import ReceivedEnvelope
from grantstream.events.consuming.open_consumer import open_consumer
from grantstream.events.consuming.projection import Projection, handlers_of
from grantstream.events.errors import (
    EventsError,
    EventTooLarge,
    NotAllowedToPublish,
    NotAppended,
    PassingFault,
    PoisonEvent,
    TokenUnavailable,
)
from grantstream.events.platform_addresses import PlatformAddresses
from grantstream.events.producing.client_token import ClientCredentialsToken, ClientSecret
from grantstream.events.producing.outbox_publisher import OutboxPublisher
from grantstream.events.producing.publisher import Publisher
from grantstream.events.producing.send_queue import Appended, PublisherSettings
from grantstream.events.schema import install_outbox

__all__ = [
    "Appended",
    "ClientCredentialsToken",
    "ClientSecret",
    "EventTooLarge",
    "EventsError",
    "NotAllowedToPublish",
    "NotAppended",
    "OutboxPublisher",
    "PassingFault",
    "PlatformAddresses",
    "PoisonEvent",
    "Projection",
    "Publisher",
    "PublisherSettings",
    "ReceivedEnvelope",
    "TokenUnavailable",
    "first_time",
    "forget_receipts",
    "handlers_of",
    "install_outbox",
    "open_consumer",
]
