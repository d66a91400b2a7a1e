-- SPDX-License-Identifier: ISC
-- The schema as one text, the same from every version of PostgreSQL.
SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN 'not null' END, l.collname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    AND a.attnum > 0 ORDER BY c.relname, a.attnum;
SELECT c.relname, c.relkind, pg_get_partkeydef(c.oid),
    pg_get_expr(c.relpartbound, c.oid), c.relrowsecurity
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    AND c.relkind IN ('r', 'p') ORDER BY c.relname;
SELECT c.relname, x.conname, pg_get_constraintdef(x.oid)
FROM pg_constraint x JOIN pg_class c ON c.oid = x.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND x.contype <> 'n'
ORDER BY c.relname, x.conname;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname;
-- Newer servers leave the name of an only table away, and quote json.
SELECT viewname, regexp_replace(replace(definition, '"json"', 'json'),
    '\m(show_hop|show_trace|broken)\.', '', 'g')
FROM pg_views WHERE schemaname = 'public' ORDER BY viewname;
SELECT tablename, policyname, permissive, roles, cmd, qual, with_check
FROM pg_policies WHERE schemaname = 'public' ORDER BY tablename, policyname;
SELECT p.proname, pg_get_function_arguments(p.oid), p.provolatile, p.proparallel,
    p.proisstrict, pg_get_function_sqlbody(p.oid)
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname;
SELECT version, name, encode(sha256, 'hex') FROM schema_migration ORDER BY version;
