-- What sqlsmith makes statements about: one or more columns of most types, keys and indexes, NULLs, empty tables, views of
-- several shapes over views.
create extension if not exists vector;
create table numbers(id int primary key, small int2, big int8, real4 float4, real8 float8, exact numeric(12, 3), flag bool, name text);
insert into numbers select i, i % 7, i::int8 * 1000003, i / 3.0, sqrt(i), case when i % 5 > 0 then i * 1.125 end, i % 3 = 0,
  case when i % 4 > 0 then 'name ' || i % 20 end from generate_series(1, 300) i;
create index on numbers(name, small);
create unique index on numbers(big desc) where flag;
create table places(id int primary key references numbers, parent int references places, code char(4), label varchar(20), born date,
  seen timestamptz, at time, span interval, mark uuid, raw bytea, tag "char");
insert into places select i, nullif(i / 3, 0), 'c' || i % 9, 'label ' || i, date '2000-01-01' + i, timestamptz '2020-02-02 00:00Z' + i * interval '1 hour',
  time '00:00' + i * interval '1 minute', i * interval '1 day', ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid,
  decode(lpad(to_hex(i), 4, '0'), 'hex'), chr(65 + i % 26)::"char" from generate_series(1, 60) i;
create index on places(parent);
create table items(id bigint generated always as identity primary key, owner int references numbers on delete cascade,
  position vector(3), wide vector(70), anything vector, tags text[], marks int[], grid int[], doc jsonb, old_doc json);
insert into items(owner, position, wide, anything, tags, marks, grid, doc, old_doc)
  select 1 + i % 300, case when i % 10 > 0 then array[i % 17, i % 5, i % 3]::vector end,
    (select array_agg(sin(i * j)) from generate_series(1, 70) j)::vector, (select array_agg(j) from generate_series(1, 1 + i % 4) j)::vector,
    array['t' || i % 3, null, 't' || i % 5], array[i, i % 2], array[[i, 1], [2, i]],
    jsonb_build_object('n', i, 'list', jsonb_build_array(i, null, 'x'), 'deep', jsonb_build_object('k', i % 4)),
    json_build_object('a', i % 6) from generate_series(1, 500) i;
create index on items using hnsw (position vector_l2_ops);
create index on items using ivfflat (wide vector_cosine_ops) with (lists = 5);
create index on items(owner, id);
create table nothing(id int, v vector(2), word text);
create table single(lone int not null default 7);
insert into single default values;
create view named as select id, name, upper(name) as loud, 'constant' as kind, id + 1 as next from numbers where name is not null;
create view placed as select n.id, n.name, p.label, p.seen, p.parent from numbers n left join places p on p.id = n.id;
create view counted as select small, count(*) as n, sum(exact) as total, max(name) as last, array_agg(id order by id) as ids from numbers group by small;
create view ranked as select id, owner, row_number() over (partition by owner order by id) as place, lag(id) over (order by id) as before from items;
create view either as select id, name from numbers union select id, label from places;
create view near as select id, position <-> '[1,2,3]' as distance, doc -> 'n' as n from items order by position <-> '[1,2,3]' limit 20;
create view tree as with recursive r(id, parent, depth) as (select id, parent, 0 from places where parent is null
  union all select p.id, p.parent, r.depth + 1 from places p join r on p.parent = r.id) select * from r;
create view rolled as select flag, small, grouping(flag, small) as g, sum(big) as total from numbers group by rollup (flag, small);
create view over_views as select c.small, x.name, t.depth from counted c join named x on x.id = any (c.ids) left join tree t on t.id = x.next;
analyze;
