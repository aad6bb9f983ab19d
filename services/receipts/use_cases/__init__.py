"""The use cases of receipts, one command or query a file.

post_receipt.py    stores a receipt with its event
read_receipt.py list_receipts.py read_status.py
access.py          whose receipts a token may touch
parts.py           the parts that use cases work with
"""
