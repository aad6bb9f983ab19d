"""Relaying: publishes the outbox in order, and keeps the owner's newest state the last record of each key.

    relay.py             the one active relay of a database: publishes rows, deletes acknowledged ones
    outbox_connection.py its one connection, which holds its lock; relay_settings.py its limits
    relay_health.py      its health; relay_outcomes.py the outcome of each row of a window
    blocked_aggregates.py  aggregates whose events wait behind one that can't be sent
    last_words.py        republishes the owner's newest state if the last record of its key is not to be believed
    owned_states.py      the owned aggregates; last_word_memory.py the last records, last_word_repair.py the repair,
                         repair_pace.py its pace, last_word_settings.py its limits

One process of a service does this at a time, the one that holds the lock; the others are warm spares.
"""
