-- SPDX-License-Identifier: Apache-2.0
-- Audit, history and feed in one. Only ever appended to.
CREATE TABLE changes (
	tenant_id bigint NOT NULL REFERENCES tenants (id),
	revision bigint NOT NULL,
	item bigint NOT NULL, -- within the revision, from 0
	kind text COLLATE "C" NOT NULL,
	action text COLLATE "C" NOT NULL CHECK (action IN ('created', 'updated', 'deleted')),
	key text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	at bigint NOT NULL,
	actor text COLLATE "C" NOT NULL,
	request_id text NOT NULL,
	comment text NOT NULL,
	patch text NOT NULL, -- RFC 6902, from the whole document before to the one after
	"full" text, -- the whole document after, every so often
	PRIMARY KEY (tenant_id, revision, item)
);

CREATE INDEX changes_of ON changes (tenant_id, kind, key, revision, item);
CREATE INDEX changes_version ON changes (tenant_id, kind, key, version);
CREATE INDEX changes_full ON changes (tenant_id, kind, key, version) WHERE "full" IS NOT NULL;

-- What writes with an idempotency key came to, stored with their change.
CREATE TABLE outcomes (
	tenant_id bigint NOT NULL REFERENCES tenants (id),
	actor text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32), -- which request it was: SHA-256
	answer text NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (tenant_id, actor, key)
);

CREATE INDEX outcomes_at ON outcomes (at);
