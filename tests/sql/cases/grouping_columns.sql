-- Grouping sets over columns of subqueries and views that are constants or repeat each other. (PostgreSQL 15 does not always sort such columns, whose NULLs it
-- does not expect: those statements are compared unordered.)
create table gs(a int, k text, b int);
insert into gs values (1, 'x', 1), (2, 'y', 1), (3, 'x', 2);
create view gsv as select a, 'z'::text k, a + 1 as a1, a + 1 as a2, b, b as b2 from gs;
select coalesce(k, 'TOTAL'), sum(a) from (select a, 'z' k from gs) s group by rollup (k) order by 1;
select k, sum(a) from gsv group by rollup (k) having k is null;
select k is null as n, k, sum(a) from gsv group by rollup (k) order by 1, 2, 3;
select a1, a2, count(*) from gsv group by rollup (a1, a2) order by 1, 2, 3;
select b, b2, count(*) from gsv group by rollup (b, b2) order by 1, 2, 3;
-- unordered
select b2, b, count(*), grouping(b), grouping(b2) from gsv group by rollup (b, b2) order by 1, 2, 3, 4, 5;
select a1, a2, count(*), grouping(a1), grouping(a2), grouping(a1, a2) from gsv group by cube (a1, a2) order by 1, 2, 3, 4, 5;
select a1 + 1, a2, count(*), grouping(a1) from gsv group by rollup (a1, a2) order by 1, 2, 3;
select a1 + a2, count(*) from gsv group by rollup (a1, a2) order by 1, 2;
-- unordered
select k, b, sum(a), count(k) from gsv where k = 'z' and b > 0 group by cube (k, b) order by 1, 2, 3;
select (select k) as sub, k, count(*) from gsv group by rollup (k) order by 1, 2;
select case when k = 'z' then 'one' else 'rest' end, count(*) from gsv group by rollup (k) order by 1;
select k || b, count(*) from gsv group by rollup (k, b) order by 1, 2;
select upper(k), k, sum(a) filter (where k = 'z'), string_agg(k, ',') from gsv group by rollup (k) order by 1;
select distinct k from gsv group by cube (k, b) order by 1;
select distinct k, coalesce(k, 'T') from gsv group by cube (k, b) order by 1;
select k, sum(a) from gsv group by rollup (k) order by k desc nulls first, 2;
select rank() over (order by k), k, count(*) from gsv group by rollup (k) order by 1;
select k as one, k as two, count(*) from gsv group by rollup (one, two) order by 1, 2, 3;
select x.k, y.k, count(*) from (select 1 as k, a from gs) x left join (select a, a + 0 as k from gs) y on y.a = x.a
  group by rollup (x.k, y.k) order by 1, 2, 3;
select k, count(*) from (select null::text as k from gs) s group by rollup (k) order by 2;
select now() = t, count(*) from (select now() as t from gs) s group by rollup (t) order by 1;
select t.k, one from (select k, 1 as one from gs) t group by grouping sets ((t.k, one), (one)) having one = 1 order by 1;
select grouping(one), one from (select k, 1 as one from gs) t group by grouping sets ((t.k, one), (k)) order by 1, 2;
select k, n from (select k, (select count(*) from gs) as n from gs) s group by rollup (k, n) order by 1, 2;
select s.k, n from (select k, (select count(*) from gs i where i.b = gs.b) as n from gs) s group by cube (k, n) order by 1, 2;
with c as (select a, 'z'::text as k from gs) select k, count(*) from c group by rollup (k) order by 1;
select * from (select k, count(*) as n from gsv group by rollup (k)) s where k is null;
select s, count(*) from (select k, 1 as one from gs) s group by rollup (s) order by 1;
select x.c, y.c, count(*) from (select a, 'c' as c from gs) x join (select a, 'c' as c from gs) y using (a) group by rollup (x.c, y.c) order by 1, 2;
select c, a, count(*) from (select a, 'c' as c from gs) x join (select a, 'c' as c from gs) y using (a, c) group by cube (c, a) order by 1, 2;
-- the same in one select list
-- unordered
select a + 1 as x, a + 1 as y, count(*) from gs group by rollup (x, y) order by 1, 2, 3;
select b as x, b as y, b, count(*), grouping(b) from gs group by rollup (x, y) order by 1, 2, 3;
select 'z'::text, count(*) from gs group by rollup ('z'::text) order by 1;
select 'z'::text as x, 'z'::text as y, count(*) from gs group by rollup (x, y) order by 1, 2;
select 'z'::text as x, grouping('z'::text) from gs group by rollup (x) order by 1;
-- unordered
select 5 as f, count(*) from gs group by grouping sets ((1), ()) order by 1 desc, 2;
select b, 'c'::text as c, count(*) from gs group by rollup (b, 'c'::text) order by 1, 2, 3;
prepare one(int) as select $1, count(*) from gs group by rollup ($1) order by 1;
execute one(3);
prepare two(int) as select $1 + 1 as x, b, count(*) from gs group by rollup (x, b) order by 1 desc, 2 desc;
execute two(3);
execute two(null);
create table kept as select k, a1, a2, sum(a) from gsv group by rollup (k, a1, a2);
select count(*), count(k), count(a1), count(a2) from kept;
