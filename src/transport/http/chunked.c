/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/http/chunked.h"

#include "transport/http/hex.h"

/* What a line of text may hold besides its end. */
static bool
is_text(char c)
{
	return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

/* One byte of framing. False: malformed. */
static bool
framing_byte(struct chunked *s, char c)
{
	int digit;

	switch (s->state) {
	case CHUNKED_SIZE:
		s->left = 0;
		if (hex_digit(c) < 0)
			return false;
		s->state = CHUNKED_SIZE_MORE;
		/* fallthrough */
	case CHUNKED_SIZE_MORE:
		if ((digit = hex_digit(c)) >= 0) {
			if (s->left >> 60)
				return false;
			s->left = s->left << 4 | (unsigned)digit;
			return true;
		}
		s->state = c == ';' ? CHUNKED_EXTENSION : CHUNKED_SIZE_LF;
		return c == ';' || c == '\r';
	case CHUNKED_EXTENSION:
		if (c == '\r')
			s->state = CHUNKED_SIZE_LF;
		else if (!is_text(c) || ++s->extension_bytes > CHUNKED_EXTENSIONS_MAX)
			return false;
		return true;
	case CHUNKED_SIZE_LF:
		s->state = s->left ? CHUNKED_DATA : CHUNKED_TRAILER;
		return c == '\n';
	case CHUNKED_DATA_CR:
		s->state = CHUNKED_DATA_LF;
		return c == '\r';
	case CHUNKED_DATA_LF:
		s->state = CHUNKED_SIZE;
		return c == '\n';
	case CHUNKED_TRAILER:
		s->state = c == '\r' ? CHUNKED_END_LF : CHUNKED_TRAILER_NAME;
		return c == '\r' || (is_text(c) && c != ' ' && c != '\t' && c != ':');
	case CHUNKED_TRAILER_NAME:
		if (c == ':')
			s->state = CHUNKED_TRAILER_VALUE;
		return is_text(c) && c != ' ' && c != '\t' && ++s->trailer_bytes <= CHUNKED_TRAILER_MAX;
	case CHUNKED_TRAILER_VALUE:
		if (c == '\r')
			s->state = CHUNKED_TRAILER_LF;
		else if (!is_text(c) || ++s->trailer_bytes > CHUNKED_TRAILER_MAX)
			return false;
		return true;
	case CHUNKED_TRAILER_LF:
		s->state = CHUNKED_TRAILER;
		return c == '\n';
	case CHUNKED_END_LF:
		s->state = CHUNKED_END;
		return c == '\n';
	case CHUNKED_DATA:
	case CHUNKED_END:
		break;
	}
	ff_assert(!"no framing in this state");
}

enum chunked_result
chunked_feed(struct chunked *c, ff_str in, struct ff_buf *body, size_t *ret_used)
{
	size_t at = 0;

	while (at < in.n) {
		size_t n;

		if (c->state != CHUNKED_DATA) {
			if (!framing_byte(c, in.p[at++]))
				return CHUNKED_MALFORMED;
			if (c->state == CHUNKED_DATA && c->left > body->max - body->n)
				return CHUNKED_TOO_LARGE;
			if (c->state == CHUNKED_END) {
				*ret_used = at;
				return CHUNKED_DONE;
			}
			continue;
		}
		n = in.n - at < c->left ? in.n - at : (size_t)c->left;
		ff_buf_put(body, in.p + at, n);
		at += n;
		c->left -= n;
		if (c->left == 0)
			c->state = CHUNKED_DATA_CR;
	}
	*ret_used = at;
	return CHUNKED_MORE;
}
