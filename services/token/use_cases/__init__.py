"""The use cases of the token service: one command a file, and the queries of one aggregate in another.

issue_token.py           the token endpoint's phases, in order
  authenticate_client.py   verify_assertion.py   client_directory.py
  verify_dpop_proof.py     the key that an event token is bound to
  grants/                  what is specific to each grant
  sign_in.py               authenticates a user by password
  refresh_families.py      starts, uses and ends families
  mint_token.py  sign_token.py
sign_up_sandbox.py  add_user.py  modify_user.py  modify_company.py  read_users.py  read_company.py
new_people.py            stores and publishes new users and companies
callers.py               authorizes callers
parts.py                 the parts that use cases work with
newest_states.py         reads newest states, to publish them again
current_rows.py          reads rows for access decisions, none older than the fence's version
generate_key.py  await_signing_keys.py
current_keys.py          the keys that this process signs with, by the fence
rotate_keys.py           rotates, retires and withdraws keys
check_password.py        hashes passwords outside the event loop
self_minted_token.py     this service's own producer token
"""
