-- A database for each service, owned by a role of its own that may connect to no other one. psql runs this once, when
-- the server's volume is empty; passwords come from its environment. psql quotes them, so they may hold anything.
\getenv registration_password GRANTSTREAM_REGISTRATION_PASSWORD
\getenv token_password GRANTSTREAM_TOKEN_PASSWORD
\getenv receipts_password GRANTSTREAM_RECEIPTS_PASSWORD

CREATE ROLE grantstream_registration LOGIN PASSWORD :'registration_password';
CREATE DATABASE grantstream_registration OWNER grantstream_registration;
REVOKE ALL ON DATABASE grantstream_registration FROM PUBLIC;

CREATE ROLE grantstream_token LOGIN PASSWORD :'token_password';
CREATE DATABASE grantstream_token OWNER grantstream_token;
REVOKE ALL ON DATABASE grantstream_token FROM PUBLIC;

CREATE ROLE grantstream_receipts LOGIN PASSWORD :'receipts_password';
CREATE DATABASE grantstream_receipts OWNER grantstream_receipts;
REVOKE ALL ON DATABASE grantstream_receipts FROM PUBLIC;
