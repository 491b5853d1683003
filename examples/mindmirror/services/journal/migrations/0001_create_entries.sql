-- Up Migration
create table entries (
  id text primary key,
  text text not null,
  written_at timestamptz not null default now()
);

-- Down Migration
drop table entries;
