"""What is told: events written beside their changes or published straight, with the credential that shows who says so.

    outbox.py            an event is written in the transaction of its change; outbox_nudge.py wakes the relay
    trace_context.py     the trace that a request belongs to goes on with its events
    publisher.py         for programs that have no database: an event straight to its topic
    publishing.py        the windows that it sends, tried again; publisher_settings.py its limits
    outbox_publisher.py  for programs that have one: outbox and relay in one piece
    proven_records.py    the records of a window, with token and proof
    record_window.py     one window of records through aiokafka, with a deadline and a fresh start after an error
    producer_end.py      how its producer is ended though the broker is gone
    blocked_topics.py    topics that are tried with one record at a time; silent_topics.py those that do not acknowledge
    client_token.py      the producer's access token, from the token service
    client_assertion.py, client_secret.py   by which it is asked for
    token_validity.py    how long it is good; producer_rights.py what it lets one write; both by own_token.py

Whatever is sent goes through a record window: of this package it alone talks to aiokafka's producer. (The fence has one
of its own, for a word that is said again and again needs no care.)
"""
