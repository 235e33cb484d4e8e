/* SPDX-License-Identifier: Apache-2.0 */
#include "repository/repository.h"

static const struct {
	const char *name;
	const char *types[CHANGE_DELETED + 1];
} kinds[DOCUMENT_KINDS] = {
	[DOCUMENT_FLAG] = {"flag", {"FlagCreated", "FlagUpdated", "FlagDeleted"}},
	[DOCUMENT_SEGMENT] = {"segment", {"SegmentCreated", "SegmentUpdated", "SegmentDeleted"}},
	[DOCUMENT_ENVIRONMENT] = {"environment", {"EnvironmentCreated", "EnvironmentUpdated", "EnvironmentDeleted"}},
	[DOCUMENT_KEY] = {"key", {"KeyCreated", "KeyUpdated", "KeyDeleted"}},
};

const char *
document_kind_name(enum document_kind kind)
{
	ff_assert(kind < DOCUMENT_KINDS);
	return kinds[kind].name;
}

bool
document_kind_parse(ff_str name, enum document_kind *ret)
{
	for (unsigned k = 0; k < DOCUMENT_KINDS; k++)
		if (ff_str_eqz(name, kinds[k].name)) {
			*ret = (enum document_kind)k;
			return true;
		}
	return false;
}

const char *
change_type(enum document_kind kind, enum change_action action)
{
	ff_assert(kind < DOCUMENT_KINDS && action <= CHANGE_DELETED);
	return kinds[kind].types[action];
}
