-- migrate:up

-- How long a receipt is, so that a page can be cut where it is full without reading what stands beyond. Receipts from
-- before have none, and are measured when they are listed.
alter table receipt add column content_octets integer;

-- migrate:down

alter table receipt drop column content_octets;
