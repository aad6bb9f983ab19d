"""How events travel: out of a database in the order they were committed, into another under guard.

    outbox.py            an event is written in the transaction of its change; outbox_nudge.py wakes the relay
    relay.py             the one active relay of a database: signs, publishes, deletes what was acknowledged
    record_window.py     one window of records through aiokafka, with a deadline and a fresh start after an error
    consumer.py          a group of consumers on FastStream: judged, then handled in one transaction
    judging.py           what the guard says of each record; batch_handling.py what is then done with it
    faults.py            which failures pass, and which are the message's own
    dead_letters.py      `<topic>.dead`: what could not be consumed, and why
    projections.py       an upsert that wins only if its version is newer
    inbox.py             effects other than such an upsert happen once
    topic_admin.py       topics as the register has them: `python -m grantstream.events.topics_apply`
    client_token.py      the producer's access token, from the token service
    migrations/          outbox and inbox, for every service's own database

What an event says is in `grantstream.contracts`, how it is judged in `grantstream.guard`.
"""
