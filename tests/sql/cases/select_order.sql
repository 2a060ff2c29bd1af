-- The order of the output columns and rows when DISTINCT, grouping, windows and ORDER BY each want another one.
create table b(a int, b text, c int);
insert into b select i % 5, 'g' || (i % 3), i % 2 from generate_series(1, 20000) i;
analyze b;
select distinct a, b from b order by b, a limit 3;
select distinct a, c from b order by c, a limit 3;
select distinct a, c, b from b order by c desc, b, a offset 7 limit 4;
select array(select distinct a from b order by a), (select count(*) from (select distinct a, b from b order by b) s where b = 'g1');
select x.b, x.a from (select distinct a, b from b order by b desc) x order by 1, 2 limit 3;
with s as materialized (select distinct a, c from b order by c, a) select * from s order by a, c limit 3;
select distinct c + 1 as up, b, b from b order by b, up;
select distinct on (b) b, a, c from b order by b, a desc, c;
select distinct a, c from b union all select distinct c, a from b order by 2, 1 limit 5;
create table made as select distinct a, b from b order by b;
select a, b from made order by b, a limit 2;
insert into made(a, b) select distinct c, b from b order by b;
select count(*) from made;
with recursive r(x, y, z) as (
  select 1, 'a'::text, 2 union select x + 1, y || 'b', z from r where x < 5)
select distinct y, x, z from r order by x desc, z;
with recursive r(x, y) as (select 1, 'a'::text union all select x + 1, y || 'b' from r where x < 4)
select distinct x, y from r order by y desc;
-- what only GROUP BY or a window reads
select distinct -a from b group by a order by 1;
select distinct a % 2 from b group by a, b order by 1;
select distinct sum(1) over (partition by c) from b;
select distinct sum(1) over (partition by c), count(*) over (order by a) from b order by 2 limit 3;
select distinct count(*) from b group by b, c order by 1;
select distinct max(a) + 1 as m from b group by b, c having min(a) = 0 order by m;
-- FOR UPDATE where nothing can be found
select a from b where a in (null) for update;
select a from b where false for share;
select a, b from b where null::bool order by b for no key update limit 1;
select x.a from b x, made y where x.a = y.a and 1 = 2 for update of y;
delete from b where a in (select a from b where a in (null) for update);
update made set a = 0 where a in (select a from b where false for key share);
