-- SPDX-License-Identifier: Apache-2.0
-- Audit, history and feed in one. Only ever appended to.
CREATE TABLE changes (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	revision INTEGER NOT NULL,
	item INTEGER NOT NULL, -- within the revision, from 0
	kind TEXT NOT NULL CHECK (kind IN ('flag', 'segment', 'environment')),
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

CREATE INDEX changes_of ON changes (tenant_id, kind, key, revision, item, version);
CREATE INDEX changes_full ON changes (tenant_id, kind, key, version) WHERE full IS NOT NULL;
