-- SPDX-License-Identifier: Apache-2.0
-- The service works as ffs_app, which sees the rows of one tenant: the one that the transaction has named. Neither a
-- statement that forgets its tenant nor the tables' owner gets past that; only superusers and BYPASSRLS roles do.

-- Roles belong to the whole cluster: another database's ffs may have made it, perhaps just now.
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ffs_app') THEN
		CREATE ROLE ffs_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
	END IF;
EXCEPTION
	WHEN duplicate_object OR unique_violation THEN NULL;
	WHEN insufficient_privilege THEN
		RAISE EXCEPTION 'the role ffs_app is not there and % may not make it: as a superuser, CREATE ROLE ffs_app NOLOGIN; GRANT ffs_app TO %',
			current_user, quote_ident(current_user);
END
$$;

DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ffs_app' AND (rolsuper OR rolbypassrls)) THEN
		RAISE EXCEPTION 'the role ffs_app is a superuser or has BYPASSRLS: row-level security would not hold for it';
	END IF;
	-- Who migrates most often serves, too.
	EXECUTE format('GRANT ffs_app TO %I', current_user);
EXCEPTION
	WHEN insufficient_privilege THEN
		IF NOT pg_has_role(current_user, 'ffs_app', 'MEMBER') THEN
			RAISE EXCEPTION '% may not become ffs_app: as a superuser, GRANT ffs_app TO %',
				current_user, quote_ident(current_user);
		END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO ffs_app;
GRANT SELECT ON schema_migrations TO ffs_app;
GRANT SELECT, INSERT, UPDATE ON tenants, environments, flags, flag_environments, segments, keys TO ffs_app;
GRANT SELECT, INSERT, DELETE ON refs TO ffs_app;
GRANT SELECT, INSERT ON changes TO ffs_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO ffs_app;
GRANT USAGE ON SEQUENCE tenants_id_seq TO ffs_app;

-- The transaction's tenant (SET LOCAL ffs.tenant_id); NULL, which no row equals, where it has none.
CREATE FUNCTION ffs_current_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
	AS $$ SELECT nullif(current_setting('ffs.tenant_id', true), '')::bigint $$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE environments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE flags ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE flag_environments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE segments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE refs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE changes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON tenants TO ffs_app USING (id = ffs_current_tenant());
CREATE POLICY own ON environments TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON keys TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON flags TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON flag_environments TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON segments TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON refs TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON changes TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON idempotency TO ffs_app USING (tenant_id = ffs_current_tenant());

-- The look-ups that have no tenant yet run as the owner, who may read what they need for it and purge what is over.
CREATE POLICY lookup ON tenants FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY lookup ON keys FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY expired ON idempotency FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY expired_purge ON idempotency FOR DELETE TO CURRENT_USER USING (true);

-- A tenant by its key: where it stands.
CREATE FUNCTION ffs_tenant_by_key(wanted text, OUT id bigint, OUT revision bigint, OUT head bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp
	AS $$ SELECT id, revision, head FROM tenants WHERE key = wanted AND deleted_at IS NULL $$;

-- Where these tenants stand; those that are gone are left out.
CREATE FUNCTION ffs_tenant_states(wanted text[], OUT key text, OUT revision bigint, OUT head bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$ SELECT key, revision, head FROM tenants WHERE key = ANY (wanted) AND deleted_at IS NULL $$;

-- Whose key it is, and whether a secret fits it.
CREATE FUNCTION ffs_key_by_id(wanted text, OUT tenant text, OUT secret_sha256 bytea, OUT json text, OUT revoked boolean)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp
	AS $$
		SELECT t.key, k.secret_sha256, k.json, k.deleted_at IS NOT NULL OR t.deleted_at IS NOT NULL
		FROM keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.key = wanted
	$$;

-- Housekeeping: forgets outcomes older than `before`, at most `most` of them; how many it were.
CREATE FUNCTION ffs_purge_idempotency(before bigint, most bigint) RETURNS bigint
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$
		WITH purged AS (
			DELETE FROM idempotency WHERE (tenant_id, actor, key) IN
				(SELECT tenant_id, actor, key FROM idempotency WHERE at < before ORDER BY at LIMIT most)
			RETURNING 1)
		SELECT count(*) FROM purged
	$$;

REVOKE ALL ON FUNCTION ffs_tenant_by_key, ffs_tenant_states, ffs_key_by_id, ffs_purge_idempotency FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ffs_tenant_by_key, ffs_tenant_states, ffs_key_by_id, ffs_purge_idempotency TO ffs_app;
