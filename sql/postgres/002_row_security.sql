-- SPDX-License-Identifier: ISC
-- Which rows a role may touch, where it has the right to touch the table at
-- all (deploy/postgres/roles.sql); the owner is not bound. Everybody reads
-- all rows. The role of a vantage, agent_ and its vantage_id, adds rows of that
-- vantage alone. No subquery in a policy: Citus refuses them. Partitions need
-- no policy, nobody but the owner has a right on them.

ALTER TABLE vantage ENABLE ROW LEVEL SECURITY;
ALTER TABLE trace ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE run ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment ENABLE ROW LEVEL SECURITY;

CREATE POLICY read_all ON vantage FOR SELECT USING (true);
CREATE POLICY read_all ON trace FOR SELECT USING (true);
CREATE POLICY read_all ON evidence FOR SELECT USING (true);
CREATE POLICY read_all ON run FOR SELECT USING (true);
CREATE POLICY read_all ON segment FOR SELECT USING (true);

CREATE POLICY add_own ON vantage FOR INSERT
    WITH CHECK (current_user = 'agent_' || vantage_id);
CREATE POLICY add_own ON trace FOR INSERT
    WITH CHECK (current_user = 'agent_' || vantage_id);
CREATE POLICY add_own ON evidence FOR INSERT
    WITH CHECK (current_user = 'agent_' || vantage_id);
CREATE POLICY add_own ON run FOR INSERT
    WITH CHECK (current_user = 'agent_' || vantage_id);
CREATE POLICY add_own ON segment FOR INSERT
    WITH CHECK (current_user = 'agent_' || vantage_id);
