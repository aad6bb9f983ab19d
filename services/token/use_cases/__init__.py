"""What one can ask of the token service, one thing a file.

issue_token.py           the token endpoint's phases, in the order in which they happen
  authenticate_client.py   verify_assertion.py   client_directory.py
  grants/                  what each grant adds of its own
  mint_token.py  sign_token.py
sign_up_sandbox.py  create_user.py  modify_user.py  modify_company.py
project_registration.py  what is kept of registration's events
create_signing_keys.py  seed_platform.py  add_staff.py  clean_up.py
check_password.py        passwords, off the event loop
self_minted_token.py     this service's own producer's token
"""
