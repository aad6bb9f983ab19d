"""The rules of receipts in plain Python: no I/O, no clock, no framework.

receipt.py            a receipt that was taken in; its identifier
receipt_text.py       JSON in and out, strictly and without losing a digit
normalisation.py      how what was sent differs from what is kept
date_time.py          the form of date-times
link_header.py        which schema a request names (RFC 8288)
processing.py         the processing status and its log
page.py               where a page of a user's list starts
"""
