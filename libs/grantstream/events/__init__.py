"""How events travel: out of a database in the order they were committed, into another under guard.

    producing/           an event is written beside its change, or published straight, with its producer's credential
    relaying/            from the outbox to the topics, in order; and the last word there stays the owner's
    consuming/           judged, applied, acknowledged; what projections need
    dead/                what could not be taken: set aside, looked at, taken again
    replay/              projections made anew, and audits, from the topics alone
    topic_admin.py       topics as the register has them, with the settings of topic_settings.py
    topics_apply.py      that as a command: `python -m grantstream.events.topics_apply`
    platform_addresses.py  where programs outside find the platform
    errors.py            what goes wrong with events
    migrations/          outbox, inbox, floors and places, for every service's own database; schema.py brings them there

What an event says is in `grantstream.contracts`, how it is judged in `grantstream.guard`. What programs outside the
platform need of all this can be imported from here; docs/producers.md and docs/consumers.md show how.
"""

from grantstream.events.consuming.inbox import first_time, forget_receipts
from grantstream.events.consuming.open_consumer import open_consumer
from grantstream.events.consuming.projection import Projection, handlers_of
from grantstream.events.consuming.received import ReceivedEnvelope
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
from grantstream.events.producing.client_secret import ClientSecret
from grantstream.events.producing.client_token import ClientCredentialsToken
from grantstream.events.producing.outbox_publisher import OutboxPublisher
from grantstream.events.producing.publisher import Publisher
from grantstream.events.producing.publisher_settings import PublisherSettings
from grantstream.events.producing.publishing import Appended
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
