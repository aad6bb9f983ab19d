-- migrate:up

-- About which subjects an application may write events; staff say so.
alter table apps add column key_space text[] not null default '{}';

-- migrate:down
alter table apps drop column key_space;
