-- name: insert_receipt(company_id, receipt_id, user_id, app_id, schema_id, version, received_at, content, processing_status, processing_log, event_topic, event_key, event_id, event_type, event_source, event_subject, event_time, event_dataschema, event_data, event_traceparent)!
-- Stores a new receipt with the first line of its log, and its event: one statement is one transaction.
with kept as (
    insert into receipt (
        company_id, receipt_id, user_id, app_id, schema_id, version, received_at, modified_at, state_modified_at,
        content, content_octets, processing_status, processing_log
    ) values (
        :company_id, :receipt_id, :user_id, :app_id, :schema_id, :version, :received_at, :received_at, :received_at,
        :content::text::json, octet_length(:content::text), :processing_status, :processing_log
    )
)
insert into outbox (topic, key, ce_id, ce_type, ce_source, ce_subject, ce_time, ce_dataschema, data, traceparent)
values (
    :event_topic, :event_key, :event_id, :event_type, :event_source, :event_subject, :event_time, :event_dataschema,
    :event_data, :event_traceparent
);

-- name: find_receipt(company_id, receipt_id)^
-- One receipt of a company.
select
    company_id, receipt_id, user_id, app_id, schema_id, version, received_at, modified_at, state_modified_at,
    content::text as content
from receipt
where company_id = :company_id and receipt_id = :receipt_id;

-- name: page_of_receipts(company_id, user_id, received_at, receipt_id, most_receipts, most_octets)
-- A user's receipts after a page start, newest first: as many as fit, but at least one. The content of others is not
-- read. Each row has `more_follow`.
with candidates as materialized (
    select receipt_id, received_at, coalesce(content_octets, octet_length(content::text)) as octets
    from receipt
    where company_id = :company_id and user_id = :user_id and (received_at, receipt_id) < (:received_at, :receipt_id)
    order by received_at desc, receipt_id desc
    limit :most_receipts::integer + 1
),
measured as (
    select
        receipt_id,
        row_number() over newest_first as place,
        sum(octets) over newest_first as octets_so_far,
        count(*) over () as candidates
    from candidates
    window newest_first as (order by received_at desc, receipt_id desc)
),
page as (
    select receipt_id, place, candidates > count(*) over () as more_follow
    from measured
    where place <= :most_receipts::integer and (place = 1 or octets_so_far <= :most_octets::bigint)
)
select
    receipt.company_id, receipt.receipt_id, receipt.user_id, receipt.app_id, receipt.schema_id, receipt.version,
    receipt.received_at, receipt.modified_at, receipt.state_modified_at, receipt.content::text as content,
    page.more_follow
from page
join receipt on receipt.company_id = :company_id and receipt.receipt_id = page.receipt_id
order by page.place;

-- name: find_processing(company_id, receipt_id, kept_since)^
-- The processing status of a company's receipt, while it can be read.
select company_id, user_id, processing_status, processing_log
from receipt
where company_id = :company_id and receipt_id = :receipt_id and received_at > :kept_since;
