-- What pg_dump reads: every name is qualified under an empty search path, and nothing is found without its schema.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA app;
CREATE SEQUENCE app.numbers;
CREATE TABLE public.docs (id int PRIMARY KEY, n int, body text DEFAULT 'x'::text, e vector(3), es vector(2)[]);
CREATE TABLE app.notes (id bigint DEFAULT nextval('app.numbers') PRIMARY KEY, doc int REFERENCES public.docs ON DELETE CASCADE,
  kind varchar(10) DEFAULT 'a' CHECK (kind IN ('a', 'b')), at timestamptz DEFAULT now(), v vector(2) DEFAULT '[1,2]',
  norm float8 GENERATED ALWAYS AS (vector_norm(v)) STORED, CHECK (v <> '[0,0]'), CHECK (length(kind) < 5));
CREATE INDEX docs_e ON docs USING hnsw (e vector_cosine_ops) WITH (m = 4, ef_construction = 10);
CREATE INDEX docs_l ON docs USING ivfflat (e) WITH (lists = 3);
CREATE INDEX docs_x ON docs (lower(body), (n + 1)) WHERE n > 0;
CREATE INDEX docs_p ON docs USING hnsw (((es)[1]::vector(2)) vector_l2_ops) WHERE e IS NOT NULL;
CREATE VIEW public.dv AS SELECT docs.id, docs.e <=> '[1,2,3]'::vector AS dist, upper('x') AS u FROM docs
  WHERE docs.n > (SELECT min(n) FROM docs);
CREATE VIEW app.nv AS SELECT n.*, d.body, v.dist FROM app.notes n JOIN docs d ON d.id = n.doc LEFT JOIN dv v USING (id)
  WHERE n.v = ANY (ARRAY['[1,2]'::vector]) OR n.v IN (SELECT '[3,4]'::vector) OR n.v = '[5,6]';
CREATE VIEW app.over AS WITH docs AS (SELECT 1 AS id) SELECT docs.id, d.body FROM docs JOIN public.docs d ON d.id = docs.id;
CREATE VIEW app.agg AS SELECT avg(e) AS mean, sum(e) FILTER (WHERE n > 1) AS total, vector_dims(avg(e)) FROM docs GROUP BY n;
SET search_path = '';
SELECT pg_catalog.current_schemas(false), pg_catalog.current_schemas(true);
SELECT * FROM docs;
SELECT 'x'::vector;
SELECT '[1,2,3]'::public.vector;
SELECT l2_distance('[1]'::public.vector, '[2]');
SELECT '[1]'::public.vector <-> '[2]'::public.vector;
SELECT '[1]'::public.vector OPERATOR(public.<->) '[2]';
SELECT 'public.docs'::regclass, 'app.notes'::regclass, 'pg_class'::regclass, 'public.vector'::regtype, 'int4'::regtype, 'public.vector[]'::regtype;
SELECT pg_table_is_visible('public.docs'::regclass), pg_type_is_visible('public.vector'::regtype), pg_type_is_visible('int4'::regtype);
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'public.docs'::regclass AND attnum > 0 ORDER BY attnum;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'app.notes'::regclass AND attnum > 0 ORDER BY attnum;
SELECT adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'app.notes'::regclass ORDER BY adnum;
SELECT adnum, pg_get_expr(adbin, adrelid, true) FROM pg_attrdef WHERE adrelid = 'app.notes'::regclass ORDER BY adnum;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'app.notes'::regclass ORDER BY conname;
SELECT pg_get_constraintdef(oid, true) FROM pg_constraint WHERE conrelid = 'app.notes'::regclass ORDER BY conname;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'public.docs'::regclass ORDER BY 1;
SELECT pg_get_indexdef(indexrelid, 1, true) FROM pg_index WHERE indrelid = 'public.docs'::regclass ORDER BY 1;
SELECT pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'public.docs_x'::regclass;
SELECT pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'public.docs_p'::regclass;
SELECT pg_get_viewdef('public.dv'::regclass);
SELECT pg_get_viewdef('app.nv'::regclass);
SELECT pg_get_viewdef('app.over'::regclass);
SELECT pg_get_viewdef('app.agg'::regclass);
SELECT pg_get_function_identity_arguments('public.vector_ne'::regproc), pg_get_function_result('public.vector_add'::regproc);
SELECT 'public.vector_ne'::regproc, 'public.l2_distance(public.vector,public.vector)'::regprocedure;
SELECT pg_describe_object('pg_opclass'::regclass, (SELECT oid FROM pg_opclass WHERE opcname = 'vector_l1_ops'), 0);
SET search_path = app, public;
SELECT pg_get_viewdef('app.nv'::regclass);
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'notes'::regclass ORDER BY conname;
SELECT 'docs'::regclass, 'app.notes'::regclass, 'vector'::regtype;
