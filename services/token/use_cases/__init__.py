"""What one can ask of the token service, one thing a file.

issue_token.py           the token endpoint's phases, in the order in which they happen
  authenticate_client.py   verify_assertion.py   client_directory.py
  verify_dpop_proof.py     which key an event token is bound to
  grants/                  what each grant adds of its own
  sign_in.py               a user shows who they are
  refresh_families.py      started, used, ended
  mint_token.py  sign_token.py
sign_up_sandbox.py  add_user.py  modify_user.py  modify_company.py  read_users.py  read_company.py
new_people.py            how users and companies come into being, whatever asks for them
callers.py               whose request it is, and whether it may
parts.py                 what every use case works with
newest_states.py         what it owns, to be said again where a later record on a topic is not to be believed
current_rows.py          rows that access depends on, none older than the fence knows of
generate_key.py  await_signing_keys.py
current_keys.py          which of them this process signs with, as the fence has it
rotate_keys.py           another one signs; the old one retires, or is withdrawn
check_password.py        passwords, off the event loop
self_minted_token.py     this service's own producer's token
"""
