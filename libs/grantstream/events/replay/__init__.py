"""What is made anew from all that was ever told: projections, and an application's history.

    topic_reading.py        topics from their starts to their ends
    rebuild.py              a projection (`consuming/projection.py`) filled again
    rebuild_table.py        the new table, and how it takes the live one's place; rebuild_loading.py fills it
    rebuild_merge.py        what of the live table must not be lost; rebuild_left_out.py what it lacks by dead letters
    rebuild_report.py       what came of it
    rare_collection.py      Python's garbage collector, held back meanwhile
    audit.py                who changed an application and what, from the topics alone
    audit_trail.py          its lines; audit_changes.py what differs between two states

Both judge records as live consumers do, by the same code.
"""
