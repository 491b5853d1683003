-- Up Migration
alter table products add column stock integer not null default 10;

-- Down Migration
alter table products drop column stock;
