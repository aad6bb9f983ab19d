"""Producing: events written to the outbox with their change, or published directly, with the producer's credential.

    outbox.py            writes an event in the transaction of its change; outbox_nudge.py wakes the relay
    trace_context.py     the trace of a request, which its events carry on
    publisher.py         for programs without a database: publishes an event directly to its topic
    send_queue.py        the windows that it sends and retries; publisher_settings.py its limits
    outbox_publisher.py  for programs with a database: outbox and relay together
    record_window.py     sends one window of records through aiokafka, with a deadline; replaces the producer on errors
    producer_end.py      closes a producer even if the broker is gone
    blocked_topics.py    topics that a window must not wait for
    client_token.py      the producer's access token, from the token service
    client_authentication.py   how the producer authenticates there
    own_token.py         when the token is valid, and what it allows

All records are sent through a record window: in this package only that uses aiokafka's producer. (The fence has its
own, because it repeats its records anyway.)
"""
