/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/evaluate.h"

#include "domain/walk.h"

/* The first requirement not decided yet that has to be; NULL where it is known whether all hold. */
static const struct requirement *
pending(const struct walk *w, const struct compiled_flag *f)
{
	if (!f || !f->enabled)
		return NULL;
	for (uint32_t i = 0; i < f->n_requirements; i++) {
		const struct requirement *r = &f->requirements[i];
		const struct memo *memo = &w->scratch->required[r->number];

		if (memo->generation != w->scratch->generation)
			return r;
		if (!walk_satisfied(r, memo->result))
			return NULL;
	}
	return NULL;
}

static int32_t
requirement_result(const struct decision *d)
{
	return d->error != DECISION_OK || d->reason == REASON_DISABLED ? REQUIREMENT_FAILED : d->variation;
}

void
walk_requirements(const struct walk *w, const struct compiled_flag *f)
{
	struct requirement_frame *frames = w->scratch->requirement_frames;
	uint32_t depth = 0;

	frames[depth++] = (struct requirement_frame){.flag = f};
	while (depth) {
		struct requirement_frame *frame = &frames[depth - 1];
		const struct requirement *r = pending(w, frame->flag);
		struct decision d;

		if (r) {
			frames[depth++] = (struct requirement_frame){
				.flag = w->snapshot->required[r->number], .memo = &w->scratch->required[r->number]};
			continue;
		}
		depth--;
		if (!frame->memo)
			continue;
		walk_flag(w, frame->flag, &d, NULL);
		walk_remember(w, frame->memo, requirement_result(&d));
	}
}

static __attribute__((noinline)) void
evaluate_walk(const struct snapshot *snapshot, const struct compiled_flag *flag, const struct context *context,
	int64_t now_ms, struct scratch *scratch, struct decision *ret)
{
	const struct walk w = {snapshot, context, now_ms, scratch};

	if (flag && flag->enabled && flag->n_requirements)
		walk_requirements(&w, flag);
	walk_flag(&w, flag, ret, NULL);
}

void
evaluate(const struct snapshot *snapshot, const struct compiled_flag *flag, const struct context *context,
	int64_t now_ms, struct scratch *scratch, struct decision *ret)
{
	if (flag && flag->fixed.flag)
		*ret = flag->fixed;
	else
		evaluate_walk(snapshot, flag, context, now_ms, scratch, ret);
}
