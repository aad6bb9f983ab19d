-- migrate:up

-- What groups of this database could not take, each with the record that it stands for. A rebuild leaves the record out
-- unless it was redriven. While the letter is open (neither redriven nor dismissed), rows of `subject` below `version` are
-- not used. Nearly always empty.
create table dead_letter (
    group_id text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    -- By the broker, in milliseconds since 1970: a topic that was created anew counts its offsets from 0 again.
    appended_at_ms bigint not null,
    reason text not null,
    -- Null if no row is known to lack this record.
    subject text,
    version bigint,
    noted_at timestamptz not null default clock_timestamp(),
    redriven_at timestamptz,
    -- An operator decided that it will never be taken, and why.
    dismissed_at timestamptz,
    dismissed_because text,
    primary key (group_id, topic, partition, record_offset, appended_at_ms),
    check ((subject is null) = (version is null)),
    check ((dismissed_at is null) = (dismissed_because is null))
);

create index dead_letter_open on dead_letter (subject, version) where redriven_at is null and dismissed_at is null;

-- The floors of the version before stay in force. Group and record are not known any more: a row that is newer passes
-- them, and an operator can dismiss them.
insert into dead_letter (group_id, topic, partition, record_offset, appended_at_ms, reason, subject, version, noted_at)
select '', 'unknown', 0, row_number() over (order by subject), 0, 'not_known', subject, version, noted_at
from projection_floor;

drop table projection_floor;

-- migrate:down

create table projection_floor (
    subject text primary key,
    version bigint not null,
    noted_at timestamptz not null default clock_timestamp()
);

insert into projection_floor (subject, version)
select subject, max(version) from dead_letter where redriven_at is null and dismissed_at is null and subject is not null group by subject;

drop table dead_letter;
