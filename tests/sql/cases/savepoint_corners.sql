-- The access mode of a level ends with it.
BEGIN;
SAVEPOINT x;
SET TRANSACTION READ ONLY;
CREATE TABLE nope (a int);
ROLLBACK TO x;
SHOW transaction_read_only;
CREATE TABLE w (a int);
SAVEPOINT y;
SET transaction_read_only = on;
SAVEPOINT z;
SHOW transaction_read_only;
RELEASE SAVEPOINT y;
SHOW transaction_read_only;
INSERT INTO w VALUES (1);
COMMIT;
-- A cursor whose row could not be computed is dead, whatever savepoint is returned to.
BEGIN;
DECLARE c CURSOR FOR SELECT 1 / (2 - i) AS q FROM generate_series(1, 5) i;
SAVEPOINT s;
FETCH 3 FROM c;
ROLLBACK TO s;
FETCH 1 FROM c;
ROLLBACK TO s;
CLOSE c;
ROLLBACK;
-- Several statements in one string are no transaction block with savepoints.
SELECT 1;\
SAVEPOINT sp;
SELECT 1;\
RELEASE SAVEPOINT sp;
SELECT 1;\
ROLLBACK TO SAVEPOINT sp;
BEGIN;\
SAVEPOINT sp;\
ROLLBACK TO sp;\
SELECT 2;\
COMMIT;
-- The settings that are modes of the transaction.
SET transaction_read_only = on;
SHOW transaction_read_only;
SET transaction_isolation = 'repeatable read';
SHOW transaction_isolation;
SET transaction_isolation = 'nonsense';
BEGIN;
SET transaction_isolation = 'repeatable read';
SHOW transaction_isolation;
SET transaction_read_only = 1;
INSERT INTO w VALUES (2);
ROLLBACK;
BEGIN;
SELECT 1;
SET transaction_isolation = 'repeatable read';
ROLLBACK;
BEGIN;
SET transaction_read_only = on;
SELECT 1;
SET transaction_read_only = off;
ROLLBACK;
