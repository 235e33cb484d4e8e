-- SPDX-License-Identifier: Apache-2.0
-- The role stays: other databases of the cluster may use it.
DROP FUNCTION ffs_purge_segments, ffs_purge_flags, ffs_purge_outcomes, ffs_keys_used, ffs_key_by_id, ffs_tenants,
	ffs_tenant_states, ffs_tenant_by_key;

DROP POLICY over ON changes;
DROP POLICY over ON segments;
DROP POLICY over ON flag_environments;
DROP POLICY over ON flags;
DROP POLICY over ON outcomes;
DROP POLICY used ON keys;
DROP POLICY lookup ON keys;
DROP POLICY lookup ON tenants;
DROP POLICY own ON tenants;
DROP POLICY own ON environments;
DROP POLICY own ON keys;
DROP POLICY own ON flags;
DROP POLICY own ON flag_environments;
DROP POLICY own ON segments;
DROP POLICY own ON refs;
DROP POLICY own ON changes;
DROP POLICY own ON outcomes;

ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE environments NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE keys NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE flags NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE flag_environments NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE segments NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE refs NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE changes NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE outcomes NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;

DROP FUNCTION ffs_current_tenant;

REVOKE ALL ON SEQUENCE tenants_id_seq FROM ffs_app;
REVOKE ALL ON tenants, environments, keys, flags, flag_environments, segments, refs, changes, outcomes FROM ffs_app;
REVOKE SELECT ON schema_migrations FROM ffs_app;
