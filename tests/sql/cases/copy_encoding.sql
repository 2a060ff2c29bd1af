-- COPY in other encodings than UTF8: what is converted, and where it cannot be.
CREATE TABLE e (id int, t text);
INSERT INTO e VALUES (1, 'Grüße, señor'), (2, 'plain'), (3, E'tab\there');
COPY e TO '/tmp/vecino_copy_encoding' (ENCODING 'latin1');
CREATE TABLE back (id int, t text);
COPY back FROM '/tmp/vecino_copy_encoding' (ENCODING 'latin1');
SELECT * FROM back ORDER BY id;
-- As UTF8 the same bytes are none.
COPY back FROM '/tmp/vecino_copy_encoding' (ENCODING 'utf8');
COPY back FROM '/tmp/vecino_copy_encoding';
-- nodiff: PostgreSQL takes them unchecked and stores text that is no UTF8
COPY back FROM '/tmp/vecino_copy_encoding' (ENCODING 'sql_ascii');
-- Every byte is a character of LATIN1.
TRUNCATE back;
COPY back FROM STDIN (FORMAT csv, ENCODING 'ISO-8859-1', HEADER);
id,größe
1,"ü,ñ"
\.
SELECT id, t, length(t) FROM back;
COPY e (t) TO '/tmp/vecino_copy_encoding' (FORMAT csv, ENCODING 'WIN1252', FORCE_QUOTE *, HEADER);
TRUNCATE back;
COPY back (t) FROM '/tmp/vecino_copy_encoding' (FORMAT csv, ENCODING 'windows-1252', HEADER match);
SELECT t FROM back ORDER BY t COLLATE "C";
-- Characters that the other side does not have.
INSERT INTO e VALUES (4, '5 €'), (5, '日本');
COPY (SELECT * FROM e WHERE id = 4) TO STDOUT (ENCODING 'latin1');
COPY (SELECT * FROM e WHERE id = 5) TO '/tmp/vecino_copy_encoding' (ENCODING 'win1252');
COPY (SELECT * FROM e WHERE id = 4) TO '/tmp/vecino_copy_encoding' (ENCODING 'LATIN9');
TRUNCATE back;
COPY back FROM '/tmp/vecino_copy_encoding' (ENCODING 'LATIN-9');
SELECT * FROM back;
COPY (SELECT * FROM e WHERE id IN (2, 5) ORDER BY id) TO '/tmp/vecino_copy_encoding' (ENCODING 'EUC_JP');
COPY back FROM '/tmp/vecino_copy_encoding' (ENCODING 'EUC_JP');
SELECT * FROM back ORDER BY id;
COPY (SELECT * FROM e WHERE id IN (2, 5) ORDER BY id) TO '/tmp/vecino_copy_encoding' (ENCODING 'SJIS');
TRUNCATE back;
COPY back FROM '/tmp/vecino_copy_encoding' (ENCODING 'mskanji');
SELECT * FROM back ORDER BY id;
-- An undefined byte, a cut character, one that is wrong, in the second line.
COPY back FROM STDIN (ENCODING 'win1252');
1	ok
2	Á
\.
COPY back FROM STDIN (ENCODING 'euc_kr');
1	ok
2	é x
\.
COPY back FROM STDIN (ENCODING 'nonsense');
\.
COPY back TO STDOUT (ENCODING 'nonsense');
COPY back TO STDOUT (ENCODING 'mule_internal');
COPY back FROM STDIN (ENCODING 'mule_internal');
\.
-- Binary data has no encoding.
COPY e TO '/tmp/vecino_copy_encoding' (FORMAT binary, ENCODING 'latin1');
TRUNCATE back;
COPY back FROM '/tmp/vecino_copy_encoding' (FORMAT binary, ENCODING 'latin1');
SELECT * FROM back ORDER BY id;
