-- COPY in its three formats and its errors.
CREATE TABLE c (id int, name text, score float8, tags text[], v vector(3));
COPY c FROM STDIN;
1	one	1.5	{a,b}	[1,2,3]
2	tab\there	\N	{}	\N
3	back\\slash	-0	{"x y"}	[0,0,0.5]
\.
SELECT * FROM c ORDER BY id;
COPY c (id, name) FROM STDIN WITH (FORMAT csv, HEADER);
id,name
4,"quoted, with ""quotes"""
5,
6,""
\.
SELECT id, name, name IS NULL FROM c WHERE id > 3 ORDER BY id;
COPY c (id, name) FROM STDIN WITH (DELIMITER '|', NULL 'nil');
7|nil
8|pipe\|d
\.
COPY c TO STDOUT;
COPY c (id, name) TO STDOUT WITH CSV HEADER;
COPY (SELECT id, name FROM c WHERE id < 4 ORDER BY id) TO STDOUT (FORMAT csv, FORCE_QUOTE *, DELIMITER ';');
COPY (VALUES (1, NULL), (2, 'x')) TO STDOUT (NULL '<null>');
COPY c FROM STDIN;
9	nine
\.
COPY c FROM STDIN;
x	nine	1	{}	[1,2,3]
\.
COPY c FROM STDIN;
10	ten	1	{}	[1,2,3]
11	eleven	1	{}	[1,2]
\.
COPY c FROM STDIN;
10	ten	1	{}	[1,2,3]	extra
\.
COPY c (id, v) FROM STDIN;
10	[1,2,oops]
\.
SELECT count(*) FROM c;
COPY c (nosuch) FROM STDIN;
1
\.
COPY nosuch FROM STDIN;
1
\.
COPY c FROM STDIN (FORMAT nosuch);
1
\.
COPY c FROM STDIN (DELIMITER 'ab');
1
\.
COPY c (id, name) FROM STDIN WHERE id > 100;
99	no
101	yes
\.
SELECT id, name FROM c WHERE id > 90;
CREATE TABLE u (id int PRIMARY KEY, n int NOT NULL DEFAULT 7 CHECK (n > 0), made date DEFAULT '2020-01-01');
COPY u (id) FROM STDIN;
1
2
\.
SELECT * FROM u ORDER BY id;
COPY u (id, n) FROM STDIN;
3	3
1	1
\.
COPY u (id, n) FROM STDIN;
4	-4
\.
COPY u (id, n) FROM STDIN;
5	\N
\.
SELECT count(*) FROM u;
BEGIN;
COPY u (id) FROM STDIN;
10
11
\.
SELECT count(*) FROM u;
ROLLBACK;
SELECT count(*) FROM u;
