"""What one can ask of receipts, one order or question a file.

post_receipt.py    takes a receipt in, with the event that tells of it
read_receipt.py list_receipts.py read_status.py
access.py          whose receipts a token may touch
parts.py           what every use case works with
"""
