-- Up Migration
create table habits (
  id text primary key,
  name text not null,
  done integer not null default 0
);

-- Down Migration
drop table habits;
