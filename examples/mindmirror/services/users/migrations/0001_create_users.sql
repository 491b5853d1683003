-- Up Migration
create table users (
  id text primary key,
  name text not null,
  joined_at timestamptz not null default now()
);

-- Down Migration
drop table users;
