-- migrate:up

-- When somebody tried to open a sandbox, whatever came of it: trying costs the hashing of a password.
create table sign_up_attempt (
    attempted_at timestamptz not null
);

create index sign_up_attempt_attempted_at on sign_up_attempt (attempted_at);

-- It was for counting sandboxes, where attempts are counted now.
drop index company_sandbox_created_at;

-- migrate:down

create index company_sandbox_created_at on company (created_at) where sandbox;
drop table sign_up_attempt;
