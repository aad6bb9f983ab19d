"""What a group could not take: set aside, looked at, and taken again.

    dead_letters.py         `<topic>.dead`: what could not be consumed, and why; dead_letter_headers.py how it says so;
                            copy_digest.py what tells a true copy
    dead_letter_marks.py    what became of it, signed: what rebuilds and groups go by; mark_reading.py reads them
    dead_letter_index.py    what a group's rebuilds leave out; dead_letter_reading.py all dead letters, for people
    redrive.py              asking a group to take one again
    redriving.py            a group takes what it had set aside, after all; source_records.py reads it where it stands

A copy is for people; only a mark decides (docs/decisions, dead letters).
"""
