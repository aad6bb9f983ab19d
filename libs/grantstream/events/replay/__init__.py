"""Replays: topics are read from their starts, to rebuild projections and to audit applications.

    rebuild.py              rebuilds a projection (`consuming/projection.py`)
    rebuild_table.py        the new table, which replaces the live one; rebuild_loading.py fills it
    rebuild_merge.py        live rows that must not be lost; rebuild_left_out.py the states missing as dead letters
    rebuild_report.py       the result of a rebuild
    gc_tuning.py            fewer runs of Python's garbage collector meanwhile
    audit.py                who changed an application and how, from the topics alone
    audit_trail.py          its lines; audit_changes.py the differences between two states

Both judge records with the code of live consumers.
"""
