-- Arrays of int2vector and oidvector, which are arrays themselves.
SELECT array(SELECT '11 22 33'::int2vector FROM generate_series(1, 3));
SELECT unnest(array(SELECT '11 22 33'::int2vector FROM generate_series(1, 3)));
SELECT array(SELECT indkey FROM pg_index WHERE false);
SELECT array['1 2'::int2vector, '3 4 5'];
SELECT '{"1 2","3"}'::int2vector[], ('{"1 2","3"}'::int2vector[])[1], '{"1 2"}'::oidvector[];
SELECT u, pg_typeof(u) FROM unnest('{"1 2","3"}'::int2vector[]) u;
SELECT unnest('1 2'::int2vector), pg_typeof(array(SELECT '1 2'::oidvector));
SELECT ('{}'::int[])[1][2][3][4][5][6][7];
SELECT ('{}'::int[])[1][2][3][4][5][6];
-- The sequence of an identity column has the column's type.
CREATE TABLE it (a int GENERATED ALWAYS AS IDENTITY, b text);
ALTER TABLE it ALTER a TYPE text;
ALTER TABLE it ALTER a TYPE bigint;
SELECT seqtypid::regtype, seqmax FROM pg_sequence WHERE seqrelid = 'it_a_seq'::regclass;
INSERT INTO it (b) VALUES ('x') RETURNING a, pg_typeof(a);
ALTER TABLE it ALTER a TYPE smallint;
SELECT seqtypid::regtype, seqmax FROM pg_sequence WHERE seqrelid = 'it_a_seq'::regclass;
COPY (SELECT 1 INTO x) TO STDOUT;
