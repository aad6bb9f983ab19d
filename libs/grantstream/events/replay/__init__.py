"""Replays: topics are read from their starts, to rebuild projections and to audit applications.

    rebuild.py              rebuilds a projection (`consuming/projection.py`)
    rebuild_table.py        the new table, which is filled and replaces the live one
    rebuild_merge.py        live rows that must not be lost, and states missing as dead letters
    audit.py                who changed an application and how, from the topics alone
    audit_trail.py          its lines, and the differences between two states

Both judge records with the code of live consumers.
"""
