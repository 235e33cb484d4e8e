-- SPDX-License-Identifier: Apache-2.0
-- API keys are documents too. The hash of the secret and the last use stand beside the document, in neither of which
-- they are. An id is one key's for ever: tombstones stay.
CREATE TABLE keys (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	key TEXT NOT NULL UNIQUE, -- its id, in all tenants
	version INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER, -- revoked
	archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
	search TEXT NOT NULL,
	json TEXT,
	secret_sha256 BLOB CHECK (length(secret_sha256) = 32),
	last_used_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, key),
	CHECK ((json IS NULL) = (deleted_at IS NOT NULL)),
	CHECK ((secret_sha256 IS NULL) = (deleted_at IS NOT NULL))
) STRICT;

-- The kinds that changes and references know, with keys among them; SQLite changes a constraint by a new table.
CREATE TABLE changes_with_keys (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	revision INTEGER NOT NULL,
	item INTEGER NOT NULL, -- within the revision, from 0
	kind TEXT NOT NULL CHECK (kind IN ('flag', 'segment', 'environment', 'key')),
	action TEXT NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	at INTEGER NOT NULL,
	actor TEXT NOT NULL,
	request_id TEXT NOT NULL,
	comment TEXT NOT NULL,
	patch TEXT NOT NULL, -- RFC 6902, from the whole document before to the one after
	full TEXT, -- the whole document after, every so often
	PRIMARY KEY (tenant_id, revision, item)
) STRICT;

INSERT INTO changes_with_keys SELECT * FROM changes;
DROP TABLE changes;
ALTER TABLE changes_with_keys RENAME TO changes;
CREATE INDEX changes_of ON changes (tenant_id, kind, key, revision, item, version);
CREATE INDEX changes_full ON changes (tenant_id, kind, key, version) WHERE full IS NOT NULL;

CREATE TABLE refs_with_keys (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	from_kind TEXT NOT NULL CHECK (from_kind IN ('flag', 'segment', 'environment', 'key')),
	from_key TEXT NOT NULL,
	part TEXT NOT NULL,
	to_kind TEXT NOT NULL CHECK (to_kind IN ('flag', 'segment', 'environment')),
	to_key TEXT NOT NULL,
	PRIMARY KEY (tenant_id, from_kind, from_key, part, to_kind, to_key)
) STRICT, WITHOUT ROWID;

INSERT INTO refs_with_keys SELECT * FROM refs;
DROP TABLE refs;
ALTER TABLE refs_with_keys RENAME TO refs;
CREATE INDEX refs_to ON refs (tenant_id, to_kind, to_key);
