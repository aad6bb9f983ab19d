"""How events travel: out of a database in the order they were committed, into another under guard.

    outbox.py            an event is written in the transaction of its change; outbox_nudge.py wakes the relay
    relay.py             the one active relay of a database: publishes, deletes what was acknowledged
    outbox_connection.py the relay's one connection, which holds its lock; relay_settings.py its limits
    record_window.py     one window of records through aiokafka, with a deadline and a fresh start after an error
    consumer.py          a group of consumers on FastStream: judged, then handled in one transaction
    consumer_settings.py its limits and pauses; lag.py how far it is behind
    judging.py           what the guard says of each record; batch_handling.py what is then done with it
    received.py          what a handler is told beside the data
    faults.py            which failures pass, and which are the message's own; retry_pause.py how long to wait
    dead_letters.py      `<topic>.dead`: what could not be consumed, and why; dead_letter_headers.py how it says so
    projections.py       an upsert that wins only if its version is newer
    projection_recency.py  is a projection so recent that the fence knows what it lacks?
    inbox.py             effects other than such an upsert happen once
    topic_admin.py       topics as the register has them, with the settings of topic_settings.py
    topics_apply.py      that as a command: `python -m grantstream.events.topics_apply`
    client_token.py      the producer's access token, from the token service
    client_assertion.py  by which it is asked for; token_validity.py how long it is good
    errors.py            what goes wrong with events
    migrations/          outbox and inbox, for every service's own database

What an event says is in `grantstream.contracts`, how it is judged in `grantstream.guard`.
"""
