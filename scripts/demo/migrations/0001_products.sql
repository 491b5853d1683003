-- Up Migration
create table products (id serial primary key, name text not null);
insert into products (name) values ('tea'), ('bread');

-- Down Migration
drop table products;
