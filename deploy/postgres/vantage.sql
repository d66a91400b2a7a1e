-- SPDX-License-Identifier: ISC
-- The role of a vantage, which adds its own rows and does nothing else:
--   psql -X -d tumen -v name=sel -f vantage.sql
-- It prints the role, agent_ and the vantage's id, which is the first 31 bits of
-- the SHA-256 of its name. The client certificate of the vantage has the role
-- as its common name; or give it a password: \password agent_...
\set ON_ERROR_STOP on

SELECT 'agent_' || CASE h WHEN 0 THEN 1 ELSE h END AS role
FROM (SELECT CAST(CAST('x' || substr(encode(sha256(convert_to(:'name',
    'UTF8')), 'hex'), 1, 8) AS bit(32)) AS bigint) & 2147483647) AS t(h)
\gset

SELECT format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'role')
\gexec
GRANT tumen_agent TO :"role";
-- An uploader needs one connection; one more while an old one dies.
ALTER ROLE :"role" CONNECTION LIMIT 2;
ALTER ROLE :"role" SET statement_timeout = '60s';
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE :"role" SET idle_session_timeout = '15min';
\echo :role
