"""Producing: events written to the outbox with their change, or published directly, with the producer's credential.

    outbox.py            writes an event in the transaction of its change, and wakes the relay
    trace_context.py     the trace of a request, which its events carry on
    publisher.py         for programs without a database: publishes an event directly to its topic
    sender.py            sends a window of events: signed, and judged by the broker's answers; the relay does, too
    send_queue.py        the windows that it sends and retries, and their limits
    outbox_publisher.py  for programs with a database: outbox and relay together
    client_token.py      the producer's access token, from the token service, where it authenticates itself
    own_token.py         when the token is valid, and what it allows

All records are sent through a record window (`grantstream.kafka.record_window`). (The fence has its
own, because it repeats its records anyway.)
"""
