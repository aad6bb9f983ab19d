-- migrate:up

-- Attempts to open a sandbox, also failed ones, because each of them hashes a password.
create table sign_up_attempt (
    attempted_at timestamptz not null
);

create index sign_up_attempt_attempted_at on sign_up_attempt (attempted_at);

-- It was for counting sandboxes, where attempts are counted now.
drop index company_sandbox_created_at;

-- migrate:down

create index company_sandbox_created_at on company (created_at) where sandbox;
drop table sign_up_attempt;
