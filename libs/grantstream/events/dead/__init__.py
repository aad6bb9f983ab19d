"""What a group could not take: noted, copied for people, and taken after all.

    rows.py           the table `dead_letter`: its open rows decide about rebuilds and outdated rows
    copies.py         `<topic>.dead`: what could not be consumed, and why; written, and read again for people
    dead_letters.py   the dead letters of a group, listed and redriven

A copy decides nothing.
"""
