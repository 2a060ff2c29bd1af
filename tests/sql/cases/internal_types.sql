-- Functions of types that no value of SQL has, called with NULLs.
select array_in(null::cstring, null::oid, null::int4);
select array_in('{1,2}', 23, -1), array_in('{1.25,2}', 1700, 655366), array_in('{a,NULL}', 25, -1);
select array_in('{1,x}', 23, -1);
select null::internal;
select null::trigger;
select null::event_trigger;
select null::language_handler;
select null::fdw_handler;
select null::index_am_handler;
select null::table_am_handler;
select null::anyelement is null, null::anyarray is null, null::record is null, null::void is null, null::cstring is null;
select array_recv(null::internal, null::oid, null::int4);
select json_recv(null::internal);
select bit_recv(null, null, null);
