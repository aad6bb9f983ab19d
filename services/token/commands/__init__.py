"""Operators' commands on the platform's machines; some steps also run at every start, or every hour.

keys.py                `keys list|rotate|retire|withdraw`
init_clients.py        the platform's own clients: keys, ids, and the list for the token service
make_signing_keys.py   the first signing keys
bind_issuer.py         binds the databases to one issuer
seed_platform.py       the platform's company, a staff user and a sandbox
add_staff.py           adds a member of the staff
private_files.py       files that hold secrets
clean_up.py            creates partitions, deletes expired rows
"""
