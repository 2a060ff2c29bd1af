-- COPY: options, their errors, and where errors in the data are.
CREATE TABLE o (a int, b text, c text);
COPY o FROM STDIN (FORMAT csv, HEADER match);
a,b,c
1,x,y
\.
COPY o FROM STDIN (FORMAT csv, HEADER match);
a,b,d
1,x,y
\.
COPY o FROM STDIN (FORMAT csv, HEADER match);
a,b
1,x
\.
COPY o FROM STDIN (HEADER);
whatever
2	tab	ulated
\.
COPY o FROM STDIN (FORMAT csv, FORCE_NOT_NULL (b), FORCE_NULL (c));
3,,""
4,"",
\.
SELECT a, b IS NULL AS b_null, c IS NULL AS c_null FROM o ORDER BY a;
COPY o FROM STDIN (FORMAT csv, QUOTE '''', ESCAPE '\', DELIMITER ';', NULL 'nil');
5;'it\'s';nil
6;'two
lines';'semi;colon'
\.
SELECT * FROM o WHERE a > 4 ORDER BY a;
COPY o TO STDOUT (FORMAT csv, FORCE_QUOTE (b), HEADER);
COPY o TO STDOUT (FORMAT csv, FORCE_QUOTE *, NULL '-');
COPY o TO STDOUT (FORMAT csv, HEADER match);
COPY o TO STDOUT (FORCE_QUOTE (b));
COPY o TO STDOUT (FORMAT csv, FORCE_NULL (b));
COPY o FROM STDIN (FORMAT csv, FORCE_QUOTE (b));
\.
COPY o FROM STDIN (FORCE_NOT_NULL (b));
\.
COPY o FROM STDIN (FORMAT csv, FORCE_NULL (nosuch));
\.
COPY o (a, b) FROM STDIN (FORMAT csv, FORCE_NULL (c));
\.
COPY o FROM STDIN (FORMAT csv, DELIMITER '"');
\.
COPY o FROM STDIN (FORMAT csv, QUOTE 'ab');
\.
COPY o FROM STDIN (QUOTE 'a');
\.
COPY o FROM STDIN (ESCAPE 'a');
\.
COPY o FROM STDIN (DELIMITER 'a');
\.
COPY o FROM STDIN (DELIMITER E'\n');
\.
COPY o FROM STDIN (NULL E'\n');
\.
COPY o FROM STDIN (FORMAT binary, DELIMITER ',');
\.
COPY o FROM STDIN (FORMAT binary, NULL 'x');
\.
COPY o FROM STDIN (FORMAT csv, FORMAT csv);
\.
COPY o FROM STDIN (nosuch);
\.
COPY o FROM STDIN (FORMAT csv);
7,"unterminated
8,x,y
\.
COPY o FROM STDIN (FORMAT csv);
9,x
\.
COPY o FROM STDIN (FORMAT csv);
9,x,y,z
\.
COPY o FROM STDIN (FORMAT csv);
9,x,y
"a",x,y
\.
COPY o FROM STDIN;
10	x	y
11	x
\.
COPY o FROM STDIN;
12	a\
b	\101\x41\t
\.
SELECT * FROM o WHERE a = 12;
COPY o FROM STDIN;
99999999999	x	y
\.
COPY o FROM '/nonexistent/file';
COPY o TO '/nonexistent/file';
COPY o TO 'relative';
COPY o TO '/tmp';
COPY o FROM '/tmp';
COPY o TO '/dev/null';
COPY o FROM '/dev/null';
CREATE TABLE v (id int, e vector(3));
COPY v FROM STDIN;
1	[1,2,3]
2	[1,2]
\.
COPY v FROM STDIN (FORMAT csv);
1,"[1,2,3]"
2,"[1,NaN,3]"
\.
COPY v FROM STDIN;
1	[1,2,3
\.
COPY v FROM STDIN;
1	[0.1,-2.5e-3,123456.789]
2	[1e10,1e-10,0.30000001]
3	[16777216,16777217,-0]
4	[3.4028234663852886e38,1.17549435e-38,1e-45]
5	[0.000123456789,99999.9,100000]
6	[8388608.5,1.0000000596046448,9007199791611905]
\.
COPY v TO STDOUT;
COPY v TO STDOUT (FORMAT csv);
SELECT count(*) FROM v;
