/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flag.h - a flag as its author wrote it: parts shared by all environments, and one configuration per environment.
 *
 * This is the model that is validated, stored and compiled; what is evaluated is snapshot.h. A flag and all it points
 * to live in the arena given to flag_read. Variations are named by their index in `variations` once read.
 */
#ifndef FF_DOMAIN_FLAG_H
#define FF_DOMAIN_FLAG_H

#include "domain/condition.h"

enum flag_type { FLAG_BOOLEAN, FLAG_STRING, FLAG_NUMBER, FLAG_OBJECT };

enum { VARIATION_NONE = -1 };  /* "offVariation": null; "variation": null in a rule's split */
enum { SPLIT_TOTAL = 100000 }; /* weights are thousandths of a percent */

struct variation {
	ff_str key;
	ff_str value; /* compact JSON text of the flag's type; numbers keep their kind (1 and 1.0 differ) */
};

struct split_part {
	int32_t variation;
	uint32_t weight;
};

/* What a rule or the default serves: one variation (n_parts == 0), or a split. */
struct serve {
	int32_t variation;
	const struct split_part *parts;
	uint32_t n_parts;
	ff_str by;   /* attribute whose value is the unit; "userID" unless said */
	ff_str salt; /* empty: the flag's key */
	ff_str hash; /* "ffs1" */
};

struct rule {
	ff_str id, description;
	const struct condition *when;
	struct serve serve;
};

struct prerequisite {
	ff_str flag;
	const ff_str *variations; /* of that other flag */
	uint32_t n_variations;
};

struct unit_list {
	const ff_str *units;
	uint32_t n_units;
};

struct flag_environment {
	ff_str key;
	uint64_t version; /* 0: never written */
	bool enabled;
	int32_t off_variation; /* or VARIATION_NONE */
	const struct prerequisite *prerequisites;
	uint32_t n_prerequisites;
	struct unit_list deny;
	const struct unit_list *allow; /* one per variation of the flag, in their order; most are empty */
	const struct rule *rules;
	uint32_t n_rules;
	struct serve fallback; /* "default" */
};

struct flag {
	ff_str key, name, description, owner;
	enum flag_type type;
	const struct variation *variations;
	uint32_t n_variations;
	const ff_str *tags;
	uint32_t n_tags;
	bool temporary, client_visible, archived;
	uint64_t version;
	const struct flag_environment *environments; /* those that the document mentions, in its order */
	uint32_t n_environments;
};

/*
 * Reads a whole document as the Admin API takes it, shorthands and all. Checks everything that can be known from the
 * document alone; FF_EINVALID lists every fault with its JSON Pointer. What a condition or prerequisite names
 * (segments, flags, environments) is checked by the caller, from flag_references. Server-set members (version,
 * revision, createdAt, updatedAt, environments.*.version) are ignored.
 */
FF_MUST ff_status flag_read(const json_t *doc, struct ff_arena *arena, struct flag **ret, struct ff_err *reterr);

/*
 * Puts a flag together from what the store holds: the shared part and configurations as flag_write_shared and
 * flag_write_environment wrote them. `versions` and `keys` go with `configs`. FF_ESTORAGE when they cannot be read.
 */
struct stored_config {
	ff_str environment;
	uint64_t version;
	ff_str json;
};
FF_MUST ff_status flag_read_stored(ff_str shared_json, uint64_t version, const struct stored_config *configs,
	uint32_t n_configs, struct ff_arena *arena, struct flag **ret, struct ff_err *reterr);

/* Normalised documents, without server-set members; new references. Members with their default values are written. */
json_t *flag_write_shared(const struct flag *f);                                        /* all but "environments" */
json_t *flag_write_environment(const struct flag *f, const struct flag_environment *e); /* one configuration */
/* The configuration of an environment that the document does not mention: disabled, version 0. In `arena`. */
const struct flag_environment *flag_default_environment(const struct flag *f, ff_str key, struct ff_arena *arena);
/* The configuration for `key`, or NULL. */
const struct flag_environment *flag_environment_of(const struct flag *f, ff_str key);
/* Index of the variation called `key`, or VARIATION_NONE. */
int32_t flag_variation(const struct flag *f, ff_str key);

/* A thing that a flag or segment names, and where. */
struct reference {
	enum { REFERENCE_SEGMENT, REFERENCE_FLAG } kind;
	ff_str key;
	ff_str environment;                      /* of the flag's configuration that names it; empty in a segment */
	ff_str pointer;                          /* JSON Pointer of the name in the document */
	const struct prerequisite *prerequisite; /* REFERENCE_FLAG: with the variations that it names */
};

/* All references of a flag's document (segments in rules, flags in prerequisites), in `arena`. */
struct reference_list {
	const struct reference *items;
	uint32_t n;
};
struct reference_list flag_references(const struct flag *f, struct ff_arena *arena);
struct segment;
struct reference_list segment_references(const struct segment *s, struct ff_arena *arena);

/* "boolean", … */
const char *flag_type_name(enum flag_type t);
/* 1 to LIMIT_KEY_BYTES of A-Z a-z 0-9 . _ -, starting with a letter or digit. */
bool key_valid(ff_str key);

#endif
