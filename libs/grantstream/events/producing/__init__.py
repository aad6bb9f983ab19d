"""Producing: events written to the outbox with their change, or published directly, with the producer's credential.

    outbox.py            writes an event in the transaction of its change; outbox_nudge.py wakes the relay
    trace_context.py     the trace of a request, which its events carry on
    publisher.py         for programs without a database: publishes an event directly to its topic
    send_queue.py        the windows that it sends and retries; publisher_settings.py its limits
    outbox_publisher.py  for programs with a database: outbox and relay together
    client_token.py      the producer's access token, from the token service
    client_authentication.py   how the producer authenticates there
    own_token.py         when the token is valid, and what it allows

All records are sent through a record window (`grantstream.kafka.record_window`). (The fence has its
own, because it repeats its records anyway.)
"""
