-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE segments (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
	search TEXT NOT NULL,
	json TEXT,
	PRIMARY KEY (tenant_id, key),
	CHECK ((json IS NULL) = (deleted_at IS NOT NULL))
) STRICT;

-- Beside the documents, for searching.
CREATE TABLE tags (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	kind TEXT NOT NULL CHECK (kind IN ('flag', 'segment', 'environment')),
	key TEXT NOT NULL,
	tag TEXT NOT NULL,
	PRIMARY KEY (tenant_id, kind, key, tag)
) STRICT, WITHOUT ROWID;

-- Which document names which other, and in which environment's configuration ('': in none).
CREATE TABLE refs (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	from_kind TEXT NOT NULL CHECK (from_kind IN ('flag', 'segment', 'environment')),
	from_key TEXT NOT NULL,
	part TEXT NOT NULL,
	to_kind TEXT NOT NULL CHECK (to_kind IN ('flag', 'segment', 'environment')),
	to_key TEXT NOT NULL,
	PRIMARY KEY (tenant_id, from_kind, from_key, part, to_kind, to_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX refs_to ON refs (tenant_id, to_kind, to_key);
