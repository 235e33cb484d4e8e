/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunked.h - the chunked transfer coding (RFC 9112, 7.1), strictly.
 *
 * Ours and not http-parser's: the distribution builds that without its strict mode, where it takes any two bytes for
 * the CRLF behind a chunk, so that two parties could disagree on where a request ends. Every line must end in CRLF;
 * sizes are hexadecimal digits and nothing else; extensions and trailers are checked and dropped.
 */
#ifndef FF_TRANSPORT_HTTP_CHUNKED_H
#define FF_TRANSPORT_HTTP_CHUNKED_H

#include "base/buf.h"

enum {
	CHUNKED_EXTENSIONS_MAX = 16 << 10, /* bytes, of one body together */
	CHUNKED_TRAILER_MAX = 8 << 10,     /* bytes */
};

enum chunked_state {
	CHUNKED_SIZE, /* the first digit of a size */
	CHUNKED_SIZE_MORE,
	CHUNKED_EXTENSION,
	CHUNKED_SIZE_LF,
	CHUNKED_DATA,
	CHUNKED_DATA_CR,
	CHUNKED_DATA_LF,
	CHUNKED_TRAILER, /* the first byte of a line */
	CHUNKED_TRAILER_NAME,
	CHUNKED_TRAILER_VALUE,
	CHUNKED_TRAILER_LF,
	CHUNKED_END_LF,
	CHUNKED_END,
};

/* Zeroed: at the start of a body. */
struct chunked {
	enum chunked_state state;
	uint64_t left; /* of the chunk's data; while its size is read, the size so far */
	uint32_t extension_bytes, trailer_bytes;
};

enum chunked_result { CHUNKED_MORE, CHUNKED_DONE, CHUNKED_MALFORMED, CHUNKED_TOO_LARGE };

/*
 * Appends the data in `in` to `body`, whose ceiling is the limit (CHUNKED_TOO_LARGE past it, told as soon as a chunk's
 * size is known). CHUNKED_MORE: all of `in` was used. CHUNKED_DONE: *ret_used bytes were, what follows is not the
 * body's.
 */
enum chunked_result chunked_feed(struct chunked *c, ff_str in, struct ff_buf *body, size_t *ret_used);

#endif
