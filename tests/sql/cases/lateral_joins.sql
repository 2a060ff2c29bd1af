-- LATERAL beside outer joins and sub-selects: what refers to its neighbours and may not be joined in any order.
create table g(a int);
create table p(a int);
create table q(a int);
create table k(a int, b int);
insert into g values (1), (2), (3);
insert into p values (1), (2);
insert into q values (1), (3);
insert into k values (1, 2), (2, 3), (2, 1);
analyze g; analyze p; analyze q; analyze k;
select count(*) from p x, lateral (select k.a from p k left join q m on m.a = x.a) z;
select x.a, z.a, z.b from p x, lateral (select k.a, m.a as b from p k left join q m on m.a = x.a) z order by 1, 2, 3;
select x.a, z.a, z.b from p x, lateral (select k.a, m.b from p k left join (k m join q n on n.a = x.a) on m.a = k.a) z order by 1, 2, 3;
select x.a, z.* from p x, lateral (select k.a, m.a as b from p k full join q m on m.a = k.a and x.a = 1) z order by 1, 2, 3;
select x.a, z.* from p x, lateral (select k.a, m.a as b from p k full join q m on m.a = k.a where x.a <> k.a) z order by 1, 2, 3;
select x.a, z.a from p x, lateral (select k.a from k where exists (select from q m where m.a = x.a and m.a = k.a)) z order by 1, 2;
select x.a, z.a from p x, lateral (select k.a from k where not exists (select from q m where m.a = x.a and m.a = k.a)) z order by 1, 2;
select x.a, z.a from p x, lateral (select k.a from k where x.a in (select m.a from q m)) z order by 1, 2;
select x.a, z.a from p x, lateral (select k.a from k where x.a + k.a in (select m.a from q m)) z order by 1, 2;
select x.a, z.s, w.a from p x, lateral (select k.a + x.a as s from k) z left join q w on w.a = z.s - 1 order by 1, 2, 3;
select x.a, z.s, w.a from p x, lateral (select k.a as s from k where k.b > x.a) z left join q w on w.a = z.s order by 1, 2, 3;
select x.a, z.s, w.a from p x left join lateral (select k.a + x.a as s from k where k.a = x.a) z on true
  left join q w on w.a = z.s - 1 order by 1, 2, 3;
select x.a, y.a, z.a from p x left join q y on y.a = x.a, lateral (select x.a + coalesce(y.a, 10)) z(a) order by 1, 2, 3;
select x.a, y.a, z.a from p x right join q y on y.a = x.a, lateral (select coalesce(x.a, 20) + y.a) z(a) order by 1, 2, 3;
select x.a, y.a, z.a from p x full join q y on y.a = x.a cross join lateral (select coalesce(x.a, y.a)) z(a) order by 1, 2, 3;
select x.a, z.a, w.a from p x left join lateral (select y.a from q y left join lateral (select y.a + x.a) v(a) on true) z on z.a = x.a
  left join lateral generate_series(1, z.a) w(a) on true order by 1, 2, 3;
-- more relations than are searched exhaustively
select count(*), sum(q.a), sum(z.a) from g x left join g y on true, g a, g b1, g c, generate_series(1, x.a) q(a),
  lateral (select x.a + y.a) z(a), g d, g e;
select count(*) from g x left join g y on y.a = x.a + 1, g b left join g c on c.a = b.a + 1, lateral (select y.a + c.a) z(a),
  lateral (select z.a + x.a) w(a), generate_series(1, x.a) s(a), lateral (select s.a + coalesce(w.a, 0)) v(a), g d
  where v.a > d.a;
select count(*) from g x left join (g y join g y2 on y2.a = y.a) on y.a = x.a + 1, lateral (select y2.a) z(a) left join g c on c.a = z.a,
  lateral (select c.a) w(a), lateral (select w.a, x.a) v(a, b), g d left join g e on e.a = d.a + 1, lateral (select e.a, v.b) u(a, b);
select count(*) from g x, lateral (select x.a) y1(a), lateral (select y1.a) y2(a), lateral (select y2.a) y3(a), lateral (select y3.a + x.a) y4(a),
  lateral (select y4.a) y5(a), lateral (select y5.a) y6(a), lateral (select y6.a) y7(a), lateral (select y7.a) y8(a), g z where z.a = y8.a;
