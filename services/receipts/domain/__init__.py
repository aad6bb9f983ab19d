"""The rules of receipts in plain Python: no I/O, no clock, no framework.

receipt.py            a receipt; its identifier
receipt_text.py       reads and writes JSON, strictly and without losing a digit
normalisation.py      how the stored receipt differs from the posted one
date_time.py          the form of date-times
link_header.py        which schema a request names (RFC 8288)
processing.py         the processing status and its log
page.py               where a page of a user's list starts
"""
