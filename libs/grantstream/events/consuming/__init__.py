"""How events are taken in: each record judged by the guard, then applied, then acknowledged.

    consumer.py          a group of consumers on FastStream: judged, then handled in one transaction
    consumer_settings.py its limits and pauses; lag.py how far it is behind
    last_error.py        what it failed of last, in fetching or handling, logged once
    place_keeper.py      where it begins and how far it has come, by the group's own database and not by the broker
    kept_places.py       the rows for that; place_store.py where a member keeps them, if it has a database
    standing.py          such a place compared with the log as it is now: did the group miss anything?
    log_bounds.py        that log: its topic's id, its beginning, its end
    open_consumer.py     one with all that it needs, for programs outside
    judging.py           what the guard says of each record; batch_handling.py what is then done with it
    applying.py          handlers at work, together or one by one; setting_aside.py what becomes of the rest
    received.py          what a handler is told beside the data
    faults.py            which failures pass, and which are the message's own
    projection.py        a table of newest states, declared once: the consumer and a rebuild write it by that
    projection_floors.py what a projection lacks by a dead letter, noted for longer than the fence remembers
    projection_recency.py  is a projection so recent that the fence knows what it lacks?
    group_progress.py    what a group has taken in, compared with its topics
    accepting_losses.py  an operator says that nothing is missing any more
    inbox.py             effects other than such an upsert happen once

The order is in `batch_handling.py`: nothing is acknowledged before it was applied, skipped or set aside.
"""
