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
GRANT SELECT, INSERT, UPDATE ON outcomes TO ffs_app;
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
ALTER TABLE outcomes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON tenants TO ffs_app USING (id = ffs_current_tenant());
CREATE POLICY own ON environments TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON keys TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON flags TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON flag_environments TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON segments TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON refs TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON changes TO ffs_app USING (tenant_id = ffs_current_tenant());
CREATE POLICY own ON outcomes TO ffs_app USING (tenant_id = ffs_current_tenant());

-- What goes across tenants is done by the functions below. They run as the owner, whom these policies let read what is
-- needed for it, note when keys were used, and purge what is over.
CREATE POLICY lookup ON tenants FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY lookup ON keys FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY used ON keys FOR UPDATE TO CURRENT_USER USING (deleted_at IS NULL);
CREATE POLICY over ON outcomes TO CURRENT_USER USING (true);
CREATE POLICY over ON flags TO CURRENT_USER USING (deleted_at IS NOT NULL);
CREATE POLICY over ON flag_environments TO CURRENT_USER USING (json IS NULL);
CREATE POLICY over ON segments TO CURRENT_USER USING (deleted_at IS NOT NULL);
CREATE POLICY over ON changes FOR SELECT TO CURRENT_USER USING (action = 'deleted');

-- Where a tenant stands, by its key.
CREATE FUNCTION ffs_tenant_by_key(wanted text, OUT id bigint, OUT revision bigint, OUT head bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp
	AS $$ SELECT t.id, t.revision, t.head FROM tenants t WHERE t.key = wanted AND t.deleted_at IS NULL $$;

-- Where these tenants stand; those that are gone are left out.
CREATE FUNCTION ffs_tenant_states(wanted text[], OUT key text, OUT revision bigint, OUT head bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$ SELECT t.key, t.revision, t.head FROM tenants t WHERE t.key = ANY (wanted) AND t.deleted_at IS NULL $$;

-- All tenants by key, for the operator only.
CREATE FUNCTION ffs_tenants(after text, most bigint, OUT key text, OUT name text, OUT created_at bigint)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$
		SELECT t.key, t.name, t.created_at FROM tenants t
		WHERE t.key > after AND t.id > 0 AND t.deleted_at IS NULL AND ffs_current_tenant() = 0
		ORDER BY t.key LIMIT most
	$$;

-- Whose key it is, and what fits it while it is none that was revoked.
CREATE FUNCTION ffs_key_by_id(wanted text, OUT tenant text, OUT revoked boolean, OUT secret_sha256 bytea, OUT json text)
	RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp
	AS $$
		SELECT t.key, t.deleted_at IS NOT NULL OR k.deleted_at IS NOT NULL,
			CASE WHEN t.deleted_at IS NULL THEN k.secret_sha256 END, CASE WHEN t.deleted_at IS NULL THEN k.json END
		FROM keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.key = wanted
	$$;

-- When keys were last used, which only ever goes forward.
CREATE FUNCTION ffs_keys_used(tenant_keys text[], ids text[], times bigint[]) RETURNS void
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$
		UPDATE keys k SET last_used_at = u.at
		FROM (SELECT t.id AS tenant_id, w.id, max(w.at) AS at FROM unnest(tenant_keys, ids, times) AS w (tenant, id, at)
			JOIN tenants t ON t.key = w.tenant GROUP BY t.id, w.id) AS u
		WHERE k.tenant_id = u.tenant_id AND k.key = u.id AND k.last_used_at < u.at AND k.deleted_at IS NULL
	$$;

-- Housekeeping: what became too old at `since` or before, the oldest first and at most `most`; how many it were.
CREATE FUNCTION ffs_purge_outcomes(since bigint, most bigint) RETURNS bigint
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$
		WITH old AS (SELECT tenant_id, actor, key FROM outcomes WHERE at <= since ORDER BY at LIMIT most
				FOR UPDATE SKIP LOCKED),
			gone AS (DELETE FROM outcomes o USING old
				WHERE o.tenant_id = old.tenant_id AND o.actor = old.actor AND o.key = old.key RETURNING 1)
		SELECT count(*) FROM gone
	$$;

-- Tombstones whose last version the log has. A writer locks the row first, so none goes while its key comes back.
CREATE FUNCTION ffs_purge_flags(since bigint, most bigint) RETURNS bigint
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$
		WITH old AS (SELECT tenant_id, key FROM flags f WHERE deleted_at <= since
				AND EXISTS (SELECT FROM changes c WHERE c.tenant_id = f.tenant_id AND c.kind = 'flag' AND c.key = f.key
					AND c.version = f.version AND c.action = 'deleted')
				ORDER BY deleted_at LIMIT most FOR UPDATE SKIP LOCKED),
			parts AS (DELETE FROM flag_environments p USING old WHERE p.tenant_id = old.tenant_id AND p.flag = old.key),
			gone AS (DELETE FROM flags f USING old WHERE f.tenant_id = old.tenant_id AND f.key = old.key RETURNING 1)
		SELECT count(*) FROM gone
	$$;

CREATE FUNCTION ffs_purge_segments(since bigint, most bigint) RETURNS bigint
	LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp
	AS $$
		WITH old AS (SELECT tenant_id, key FROM segments s WHERE deleted_at <= since
				AND EXISTS (SELECT FROM changes c WHERE c.tenant_id = s.tenant_id AND c.kind = 'segment' AND c.key = s.key
					AND c.version = s.version AND c.action = 'deleted')
				ORDER BY deleted_at LIMIT most FOR UPDATE SKIP LOCKED),
			gone AS (DELETE FROM segments s USING old WHERE s.tenant_id = old.tenant_id AND s.key = old.key RETURNING 1)
		SELECT count(*) FROM gone
	$$;

REVOKE ALL ON FUNCTION ffs_tenant_by_key, ffs_tenant_states, ffs_tenants, ffs_key_by_id, ffs_keys_used,
	ffs_purge_outcomes, ffs_purge_flags, ffs_purge_segments FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ffs_tenant_by_key, ffs_tenant_states, ffs_tenants, ffs_key_by_id, ffs_keys_used,
	ffs_purge_outcomes, ffs_purge_flags, ffs_purge_segments TO ffs_app;
