-- Columns of other types than the key's: the session's checks of either side have one text and two kinds of parameters.
CREATE TABLE k (a bigint, b numeric, UNIQUE (b, a));
INSERT INTO k VALUES (1, 1.0), (2, 2), (3, 3.0);
CREATE TABLE r (a int, b int, FOREIGN KEY (a, b) REFERENCES k (a, b) MATCH FULL);
DELETE FROM k WHERE a = 3;
INSERT INTO r VALUES (1, 1);
INSERT INTO r VALUES (3, 3);
DELETE FROM k WHERE a = 1;
DELETE FROM k WHERE a = 2;
-- The key moves to another row within the statement.
INSERT INTO k VALUES (5, 5);
INSERT INTO r VALUES (5, 5);
UPDATE k SET a = CASE a WHEN 1 THEN 5 ELSE 1 END, b = CASE a WHEN 1 THEN 5 ELSE 1 END;
SELECT * FROM k ORDER BY a;
INSERT INTO r VALUES (2, 2);
