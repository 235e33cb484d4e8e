-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE segments (
	tenant_id bigint NOT NULL REFERENCES tenants (id),
	key text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	revision bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	archived boolean NOT NULL,
	search text NOT NULL,
	tags text[] COLLATE "C" NOT NULL,
	json text,
	PRIMARY KEY (tenant_id, key),
	CHECK ((json IS NULL) = (deleted_at IS NOT NULL))
);

CREATE INDEX segments_deleted ON segments (deleted_at) WHERE deleted_at IS NOT NULL;

-- Which rules name which segment, which flag requires which other, and in which environment ('': in none).
CREATE TABLE refs (
	tenant_id bigint NOT NULL REFERENCES tenants (id),
	from_kind text COLLATE "C" NOT NULL,
	from_key text COLLATE "C" NOT NULL,
	part text COLLATE "C" NOT NULL,
	to_kind text COLLATE "C" NOT NULL,
	to_key text COLLATE "C" NOT NULL,
	PRIMARY KEY (tenant_id, from_kind, from_key, part, to_kind, to_key)
);

CREATE INDEX refs_to ON refs (tenant_id, to_kind, to_key);
