"""How what was written to an outbox gets to its topics, once each and in order, and stays the last word there.

    relay.py             the one active relay of a database: publishes, deletes what was acknowledged
    outbox_connection.py its one connection, which holds its lock; relay_settings.py its limits
    relay_health.py      how well it is; relay_outcomes.py what becomes of each row of a window
    held_back.py         whose events wait behind one that can't be sent
    last_words.py        the owner of a state topic says its newest state again if a later record is not to be believed
    owned_states.py      what it owns; last_word_memory.py what was heard, last_word_repair.py what is done,
                         repair_pace.py how fast, last_word_settings.py its limits

One process of a service does this at a time, the one that holds the lock; the others are warm spares.
"""
