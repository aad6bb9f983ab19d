"""Relaying: publishes the outbox in order, and sweeps the owner's topics, so that compaction keeps its newest states.

    relay.py             the one active relay of a database: publishes rows, deletes acknowledged ones
    outbox_connection.py its one connection, which holds its lock; relay_settings.py its limits
    relay_health.py      its health
    blocked_aggregates.py  aggregates whose events wait behind one that can't be sent
    owned_states.py      the aggregates that a service owns
    sweep.py             the sweep of their topics, every half hour: reads what was appended since the last one
    sweep_notes.py       its rules, without I/O; sweep_repair.py: one aggregate's row, and its state appended again
    republish.py         publishes newest states again, for the command `republish`
    outbox_room.py       waits for the relay, so that these do not fill the outbox

One process of a service relays and sweeps at a time, the one that holds the lock; the others are warm spares.
"""
