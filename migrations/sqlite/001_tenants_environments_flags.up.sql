-- SPDX-License-Identifier: Apache-2.0
-- "FFS1": whose file this is, so that a file of another program is never taken for ours.
PRAGMA application_id = 0x46465331;

CREATE TABLE tenants (
	id INTEGER PRIMARY KEY,
	key TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	revision INTEGER NOT NULL, -- raised by one with every change set
	head INTEGER NOT NULL, -- 64 random bits, new with every revision
	created_at INTEGER NOT NULL, -- ms since the epoch, as all times here
	deleted_at INTEGER
) STRICT;

-- Documents. A deleted one stays as a tombstone: its key goes on counting versions.
CREATE TABLE environments (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	revision INTEGER NOT NULL, -- the tenant's, of the last change
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
	search TEXT NOT NULL, -- in lower case
	json TEXT,
	PRIMARY KEY (tenant_id, key),
	CHECK ((json IS NULL) = (deleted_at IS NOT NULL))
) STRICT;

CREATE TABLE flags (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
	search TEXT NOT NULL,
	json TEXT, -- the part that all environments share
	PRIMARY KEY (tenant_id, key),
	CHECK ((json IS NULL) = (deleted_at IS NOT NULL))
) STRICT;

-- One environment's configuration of a flag. Without json: a tombstone.
CREATE TABLE flag_environments (
	tenant_id INTEGER NOT NULL,
	flag TEXT NOT NULL,
	environment TEXT NOT NULL,
	version INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	json TEXT,
	PRIMARY KEY (tenant_id, flag, environment),
	FOREIGN KEY (tenant_id, flag) REFERENCES flags (tenant_id, key),
	FOREIGN KEY (tenant_id, environment) REFERENCES environments (tenant_id, key)
) STRICT;
