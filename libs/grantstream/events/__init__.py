"""How events travel: out of a database in the order they were committed, into another under guard.

    outbox.py            an event is written in the transaction of its change; outbox_nudge.py wakes the relay,
                         trace_context.py says to which trace it belongs
    relay.py             the one active relay of a database: publishes, deletes what was acknowledged
                         outbox_connection.py its one connection, which holds its lock; relay_settings.py its limits,
                         relay_health.py how well it is; relay_outcomes.py what becomes of each row of a window,
                         held_back.py whose events wait behind one that can't be sent
    record_window.py     one window of records through aiokafka, with a deadline and a fresh start after an error
    last_words.py        the owner of a state topic says its newest state again if a later record is not to be believed:
                         owned_states.py what it owns, last_word_memory.py what was heard, last_word_repair.py what is
                         done, repair_pace.py how fast, last_word_settings.py its limits
    consumer.py          a group of consumers on FastStream: judged, then handled in one transaction
    consumer_settings.py its limits and pauses; lag.py how far it is behind
    judging.py           what the guard says of each record; batch_handling.py what is then done with it
    applying.py          handlers at work, together or one by one; setting_aside.py what becomes of the rest
    received.py          what a handler is told beside the data
    faults.py            which failures pass, and which are the message's own; retry_pause.py how long to wait
    dead_letters.py      `<topic>.dead`: what could not be consumed, and why; dead_letter_headers.py how it says so
    dead_letter_marks.py what became of it, signed: what rebuilds and groups go by
    dead_letter_index.py   what a group's rebuilds leave out; dead_letter_reading.py all dead letters, for people
    redrive.py           asking a group to take one again
    redriving.py         a group takes what it had set aside, after all; source_records.py reads it where it stands
    projection_floors.py what a projection lacks by a dead letter, noted for longer than the fence remembers
    projections.py       an upsert that wins only if its version is newer; projecting_many.py many of them at once
    projection_recency.py  is a projection so recent that the fence knows what it lacks?
    inbox.py             effects other than such an upsert happen once
    declared_projection.py  what a service declares of a projection, so that rebuild.py can make it anew
        topic_reading.py     topics from their starts to their ends
        rebuild_table.py     the new table, and how it takes the live one's place; rebuild_loading.py fills it
        rebuild_merge.py     what of the live table must not be lost; rebuild_report.py what came of it
        rare_collection.py   what makes it a quarter faster
    audit.py             who changed an application and what, from the topics alone: audit_trail.py, audit_changes.py
    topic_admin.py       topics as the register has them, with the settings of topic_settings.py
    topics_apply.py      that as a command: `python -m grantstream.events.topics_apply`
    client_token.py      the producer's access token, from the token service
    client_assertion.py, client_secret.py   by which it is asked for
    token_validity.py    how long it is good; producer_rights.py what it lets one write; both by own_token.py
    publisher.py         for programs that have no database: an event straight to its topic
    publishing.py        the windows that it sends, tried again; publisher_settings.py its limits
    outbox_publisher.py  for programs that have one: outbox and relay in one piece
    open_consumer.py     a guarded consumer for programs outside; platform_addresses.py where they find the platform
    errors.py            what goes wrong with events
    migrations/          outbox and inbox, for every service's own database

What an event says is in `grantstream.contracts`, how it is judged in `grantstream.guard`. What programs outside the
platform need of all this can be imported from here; docs/producers.md and docs/consumers.md show how.
"""

from grantstream.events.client_secret import ClientSecret
from grantstream.events.client_token import ClientCredentialsToken
from grantstream.events.errors import (
    EventsError,
    EventTooLarge,
    NotAllowedToPublish,
    NotAppended,
    PassingFault,
    PoisonEvent,
    TokenUnavailable,
)
from grantstream.events.inbox import first_time
from grantstream.events.open_consumer import open_consumer
from grantstream.events.outbox_publisher import OutboxPublisher, install_outbox
from grantstream.events.platform_addresses import PlatformAddresses
from grantstream.events.projections import project
from grantstream.events.publisher import Publisher
from grantstream.events.publisher_settings import PublisherSettings
from grantstream.events.publishing import Appended
from grantstream.events.received import ReceivedEnvelope

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
    "Publisher",
    "PublisherSettings",
    "ReceivedEnvelope",
    "TokenUnavailable",
    "first_time",
    "install_outbox",
    "open_consumer",
    "project",
]
