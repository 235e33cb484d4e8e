-- SPDX-License-Identifier: Apache-2.0
-- The operator, under whom tenants are made and removed: a place in the order, a revision, outcomes; no documents.
INSERT INTO tenants (id, key, name, revision, head, created_at) VALUES (0, '*', '', 0, 0, 0);

-- What writes with an idempotency key came to, stored with their change.
CREATE TABLE outcomes (
	tenant_id INTEGER NOT NULL REFERENCES tenants (id),
	actor TEXT NOT NULL,
	key TEXT NOT NULL,
	fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32), -- which request it was: SHA-256
	answer TEXT NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, actor, key)
) STRICT;

CREATE INDEX outcomes_at ON outcomes (at);
