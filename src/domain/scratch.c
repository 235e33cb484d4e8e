/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/scratch.h"

#include <stdlib.h>

struct scratch *
scratch_new(void)
{
	struct scratch *s = ff_xcalloc(1, sizeof *s);

	s->match.regex = regex_scratch_new();
	return s;
}

void
scratch_free(struct scratch *s)
{
	if (!s)
		return;
	regex_scratch_free(s->match.regex);
	free(s->segments);
	free(s->required);
	free(s->segment_frames);
	free(s->requirement_frames);
	free(s);
}

/* Room for `n`; what was there is not kept. */
static void *
room(void *items, uint32_t *cap, uint32_t n, size_t size)
{
	if (n <= *cap)
		return items;
	free(items);
	*cap = n;
	return ff_xcalloc(n, size);
}

void
scratch_prepare(struct scratch *s, const struct snapshot *snapshot)
{
	s->segments = room(s->segments, &s->segments_cap, snapshot->n_segments, sizeof *s->segments);
	s->required = room(s->required, &s->required_cap, snapshot->n_required, sizeof *s->required);
	s->segment_frames =
		room(s->segment_frames, &s->segment_frames_cap, snapshot->segment_depth, sizeof *s->segment_frames);
	s->requirement_frames = room(
		s->requirement_frames, &s->requirement_frames_cap, snapshot->requirement_depth, sizeof *s->requirement_frames);
	if (++s->generation != 0)
		return;
	/* After 2³² requests old results would look like new ones. */
	memset(s->segments, 0, s->segments_cap * sizeof *s->segments);
	memset(s->required, 0, s->required_cap * sizeof *s->required);
	s->unit_generation = 0;
	s->generation = 1;
}
