"""What an operator runs on the platform's machines, and what every start and every hour needs of it.

keys.py                `keys list|rotate|retire|withdraw`
init_clients.py        the platform's own clients: keys, ids, and the list for the token service
make_signing_keys.py   the first signing keys
bind_issuer.py         one platform has one issuer for good
seed_platform.py       the platform's company, a staff user and a sandbox
add_staff.py           one more member of the staff
clean_up.py            partitions ahead of time, and nothing kept past its time
"""
