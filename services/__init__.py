"""The three services. Each owns one database, and knows the others by their events alone.

    registration/  applications, their secrets, and which companies let them in
    token/         companies, users, and the tokens that applications act with
    receipts/      receipts: stored, and read

What they have in common is the library, `grantstream`; its docstring follows one change through all of them.
"""
