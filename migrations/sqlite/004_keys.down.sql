-- SPDX-License-Identifier: Apache-2.0
-- Keys go, and what the log says of them with them: the release before could not read it.
CREATE TABLE changes_without_keys (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	revision INTEGER NOT NULL,
	item INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('flag', 'segment', 'environment')),
	action TEXT NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
	key TEXT NOT NULL,
	version INTEGER NOT NULL,
	at INTEGER NOT NULL,
	actor TEXT NOT NULL,
	request_id TEXT NOT NULL,
	comment TEXT NOT NULL,
	patch TEXT NOT NULL,
	full TEXT,
	PRIMARY KEY (tenant_id, revision, item)
) STRICT;

INSERT INTO changes_without_keys SELECT * FROM changes WHERE kind <> 'key';
DROP TABLE changes;
ALTER TABLE changes_without_keys RENAME TO changes;
CREATE INDEX changes_of ON changes (tenant_id, kind, key, revision, item, version);
CREATE INDEX changes_full ON changes (tenant_id, kind, key, version) WHERE full IS NOT NULL;

CREATE TABLE refs_without_keys (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	from_kind TEXT NOT NULL CHECK (from_kind IN ('flag', 'segment', 'environment')),
	from_key TEXT NOT NULL,
	part TEXT NOT NULL,
	to_kind TEXT NOT NULL CHECK (to_kind IN ('flag', 'segment', 'environment')),
	to_key TEXT NOT NULL,
	PRIMARY KEY (tenant_id, from_kind, from_key, part, to_kind, to_key)
) STRICT, WITHOUT ROWID;

INSERT INTO refs_without_keys SELECT * FROM refs WHERE from_kind <> 'key';
DROP TABLE refs;
ALTER TABLE refs_without_keys RENAME TO refs;
CREATE INDEX refs_to ON refs (tenant_id, to_kind, to_key);

DROP TABLE keys;
