"""Consuming: each record is judged by the guard, then applied, then acknowledged.

    consumer.py          one member of a consumer group, on FastStream
    consumer_settings.py its limits and pauses; lag.py how far it is behind, and its last error
    offset_keeper.py      its offsets: kept in the group's own database, not taken from the broker
    kept_offsets.py       the rows of those offsets, read and written if there is a database
    resume_point.py      compares a kept offset with the log: where to resume, and whether records were lost
    open_consumer.py     a consumer and all that it needs, for programs outside the platform
    judging.py           the verdict on each record, and the envelope that a handler gets
    applying.py          runs handlers, for a batch or for one event; rejection_handling.py dead-letters the rest
    faults.py            which failures are temporary, and which are the event's own
    projection.py        a table of newest states, declared once for consumers and rebuilds
    projection_recency.py  whether a projection lacks only changes that the fence still knows
    group_progress.py    what a group has applied, compared with its topics; an operator accepts its losses
    inbox.py             makes other effects than upserts happen once

`BatchHandler` in consumer.py has the order: no record is acknowledged before it was applied, skipped or dead-lettered.
"""
