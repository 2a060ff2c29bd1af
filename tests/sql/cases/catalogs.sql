-- What clients ask the catalogs.
SELECT extname FROM pg_extension WHERE extname = 'vector';
SELECT typname, typlen, typtype, typcategory FROM pg_type WHERE typname IN ('int4', 'text', 'vector', 'bool', '_int4', 'numeric') ORDER BY typname;
SELECT t.typname AS name, t.typtype, t.typdelim FROM pg_type t WHERE t.oid = to_regtype('vector') ORDER BY t.oid;
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector');
SELECT to_regtype('nosuch'), to_regclass('nosuch'), to_regtype('vector')::text, to_regtype('_vector')::text;
CREATE TABLE person (id serial PRIMARY KEY, name varchar(20) NOT NULL UNIQUE, age int CHECK (age > 0), v vector(3));
CREATE INDEX person_age ON person (age);
COMMENT ON TABLE person IS 'people';
COMMENT ON COLUMN person.age IS 'in years';
SELECT c.relname, c.relkind, c.relnatts, c.relhasindex FROM pg_class c WHERE c.relname LIKE 'person%' ORDER BY 1;
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'person'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum;
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'person'::regclass ORDER BY conname;
SELECT indexrelid::regclass, indisunique, indisprimary, indkey, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'person'::regclass ORDER BY 1::text;
SELECT obj_description('person'::regclass, 'pg_class'), col_description('person'::regclass, 3);
SELECT column_name, data_type, is_nullable, column_default, character_maximum_length, udt_name FROM information_schema.columns WHERE table_name = 'person' ORDER BY ordinal_position;
SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_name = 'person';
SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_name = 'person' AND constraint_type <> 'CHECK' ORDER BY 1;
SELECT kcu.column_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu ON tc.constraint_name = kcu.constraint_name WHERE tc.table_name = 'person' AND tc.constraint_type = 'PRIMARY KEY';
SELECT schemaname, tablename, tableowner FROM pg_tables WHERE tablename = 'person';
SELECT nspname FROM pg_namespace WHERE nspname IN ('public', 'pg_catalog', 'information_schema') ORDER BY 1;
SELECT rolname, rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'postgres';
SELECT current_schema(), current_user, session_user, current_database() LIKE 'case_%';
SELECT current_schemas(true), pg_table_is_visible('person'::regclass), has_table_privilege('person', 'SELECT');
SELECT name, setting, unit, vartype FROM pg_settings WHERE name IN ('work_mem', 'max_index_keys', 'hnsw.ef_search') ORDER BY name;
SELECT amname, amtype FROM pg_am WHERE amname = 'btree';
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
SELECT version() ~ '^PostgreSQL \d+', current_setting('server_version_num')::int >= 150000, pg_backend_pid() > 0;
SELECT pg_relation_size('person') >= 0, pg_total_relation_size('person') >= 0, pg_size_pretty(123456789::bigint);
SELECT attname FROM pg_attribute WHERE attrelid = 'pg_type'::regclass AND attnum BETWEEN 1 AND 5 ORDER BY attnum;
SELECT opcname FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod WHERE opcname LIKE 'int4_ops' AND amname = 'btree';
SELECT oprname, oprleft::regtype, oprright::regtype, oprresult::regtype FROM pg_operator WHERE oprname = '<->' AND oprleft = 'vector'::regtype;
SELECT castsource::regtype, casttarget::regtype, castcontext FROM pg_cast WHERE castsource = 'vector'::regtype AND casttarget IN ('vector'::regtype, 'real[]'::regtype) ORDER BY 2;
SELECT proname, pg_get_function_arguments(oid), pg_get_function_result(oid) FROM pg_proc WHERE proname = 'l2_distance' AND proargtypes[0] = 'vector'::regtype;
DROP TABLE person;

-- int2vector and oidvector are arrays to functions of arrays.
CREATE TABLE keyed (a int, b int, c int, PRIMARY KEY (c, a));
SELECT unnest(indkey) FROM pg_index WHERE indexrelid = 'keyed_pkey'::regclass;
SELECT array_length('1 2 3'::int2vector, 1), array_to_string('1 2'::int2vector, ','), array_upper('1 2'::oidvector, 1), 2 = ANY ('1 2'::int2vector);
SELECT u, o FROM unnest('7 8'::oidvector) WITH ORDINALITY AS x (u, o);
-- unordered
SELECT a.attname FROM pg_index i, unnest(i.indkey) k JOIN pg_attribute a ON a.attnum = k WHERE a.attrelid = i.indrelid AND i.indexrelid = 'keyed_pkey'::regclass;
