-- Up Migration
-- Nullable: the release that serves while this runs does not write it.
alter table entries add column mood text;

-- Down Migration
alter table entries drop column mood;
