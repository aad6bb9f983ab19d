-- A database for each service, owned by a role of its own that may connect to no other one. psql runs this once, when
-- the server's volume is empty; passwords come from its environment. psql quotes them, so they may hold anything.
\getenv registration_password GRANTSTREAM_REGISTRATION_PASSWORD
\getenv token_password GRANTSTREAM_TOKEN_PASSWORD
\getenv receipts_password GRANTSTREAM_RECEIPTS_PASSWORD

create role grantstream_registration login password :'registration_password';
create database grantstream_registration owner grantstream_registration;
revoke all on database grantstream_registration from public;

create role grantstream_token login password :'token_password';
create database grantstream_token owner grantstream_token;
revoke all on database grantstream_token from public;

create role grantstream_receipts login password :'receipts_password';
create database grantstream_receipts owner grantstream_receipts;
revoke all on database grantstream_receipts from public;
