/* SPDX-License-Identifier: Apache-2.0 */
#include "flags.h"

#include "base/json_doc.h"
#include "base/json_number.h"
#include "commands.h"

enum { SERVE_TEXT_MAX = 16 << 10 };

ff_str
flags_path(struct ff_arena *arena, const char *key)
{
	return ff_arena_printf(arena, "/admin/flags/%.*s", FF_FMT(client_encode(arena, ff_str_z(key))));
}

ff_str
flags_environment_path(struct ff_arena *arena, const char *key, const char *environment)
{
	return ff_arena_printf(arena, "%.*s/environments/%.*s", FF_FMT(flags_path(arena, key)),
		FF_FMT(client_encode(arena, ff_str_z(environment))));
}

const char *
flags_environment(const struct command_line *line)
{
	return command_option_or(line, "--environment", "production");
}

ff_str
flags_text(const json_t *object, const char *name)
{
	const json_t *member = json_object_get(object, name);

	return json_is_string(member) ? json_doc_str(member) : FF_STR("");
}

long long
flags_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void
put_part(struct ff_buf *out, const json_t *part)
{
	const json_t *variation = json_object_get(part, "variation");
	char percent[JSON_NUMBER_BYTES];

	ff_buf_str_put(out, json_number_format(json_number_value(json_object_get(part, "percent")), percent));
	ff_buf_lit(out, "% ");
	ff_buf_str_put(out, json_is_string(variation) ? json_doc_str(variation) : FF_STR("next rule"));
}

ff_str
flags_serve_text(const json_t *serve, struct ff_arena *arena)
{
	const json_t *split = json_object_get(serve, "split"), *part;
	struct ff_buf out;
	ff_str copy;
	size_t i;

	if (!json_is_array(split))
		return ff_arena_str(arena, flags_text(serve, "variation"));
	ff_buf_init(&out, SERVE_TEXT_MAX);
	json_array_foreach (split, i, part) {
		if (i > 0)
			ff_buf_lit(&out, ", ");
		put_part(&out, part);
	}
	copy = ff_arena_str(arena, ff_buf_str(&out));
	ff_buf_release(&out);
	return copy;
}

static const struct command *const children[] = {
	&command_flags_list,
	&command_flags_get,
	&command_flags_set,
	&command_flags_toggle,
	&command_flags_rollout,
	&command_flags_delete,
	NULL,
};

const struct command command_flags = {
	.name = "flags",
	.summary = "list, read and change the flags of a running server",
	.details =
		"The server is FFS_URL (or --url), the key FFS_KEY or FFS_ROOT_KEY. `ffs serve --dev` asks for no key.\n",
	.examples = "ffs flags list\n"
				"ffs flags toggle new-checkout on\n"
				"ffs flags rollout new-checkout 12.5\n",
	.children = children,
};
