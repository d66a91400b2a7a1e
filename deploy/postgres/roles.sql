-- SPDX-License-Identifier: ISC
-- Roles and rights of a shared database, for psql as a superuser (or the
-- database's owner with CREATEROLE):
--   createdb tumen
--   psql -X -d tumen -f roles.sql      -- roles, owner
--   tumen import --db postgresql://OPERATOR@HOST/tumen /dev/null   -- tables
--   psql -X -d tumen -f roles.sql      -- rights on the tables
-- It may run again at any time, and has to after a new version made tables.
--   tumen_operator  owns everything; people and jobs that infer, import what
--                   BGP collectors heard (tumen control import), make days
--                   and drop them. A member: GRANT tumen_operator TO alice;
--                   ALTER ROLE alice SET role = tumen_operator;
--   tumen_reader    reads everything, writes nothing
--   tumen_agent     adds rows and reads none; members are the vantages
--                   (vantage.sql), each for its own rows (row security)
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I NOLOGIN', r)
FROM unnest(ARRAY['tumen_operator', 'tumen_reader', 'tumen_agent']) r
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r)
\gexec

SELECT format('ALTER DATABASE %I OWNER TO tumen_operator', current_database()),
    format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()),
    format('GRANT CONNECT ON DATABASE %I TO tumen_reader, tumen_agent',
	current_database())
\gexec
ALTER SCHEMA public OWNER TO tumen_operator;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tumen_reader, tumen_agent;

-- Tables that are still to come: the days, and those of a new version.
ALTER DEFAULT PRIVILEGES FOR ROLE tumen_operator IN SCHEMA public
    GRANT SELECT ON TABLES TO tumen_reader;

SELECT to_regclass('public.schema_migration') IS NOT NULL AS made \gset
\if :made
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tumen_reader;
GRANT INSERT ON vantage, campaign, prefix, address, path, path_hop,
    trace, evidence, run, health, segment TO tumen_agent;
-- Which version it is; no observation.
GRANT SELECT ON schema_migration TO tumen_agent;
\else
\echo 'roles.sql: no tables yet: let the operator make them, then run this again'
\endif
