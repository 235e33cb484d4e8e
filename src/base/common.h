/* SPDX-License-Identifier: Apache-2.0 */
/* common.h - attributes and small macros that every module uses. */
#ifndef FF_BASE_COMMON_H
#define FF_BASE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FF_MUST __attribute__((warn_unused_result))
#define FF_PRINTF(fmt, args) __attribute__((format(printf, fmt, args), nonnull(fmt)))
#define FF_NORETURN __attribute__((noreturn))
#define FF_CLEANUP(fn) __attribute__((cleanup(fn)))

#define FF_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Takes the value out of a pointer variable and leaves NULL: how ownership leaves a cleanup variable. */
#define FF_TAKE(ptr)                       \
	__extension__({                        \
		__typeof__(ptr) ff_taken_ = (ptr); \
		(ptr) = NULL;                      \
		ff_taken_;                         \
	})

/* From a pointer to a member back to the struct that holds it. */
#define FF_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* For our own bugs only; stays in release builds. Other people's input gets an error instead. */
#define ff_assert(cond) ((cond) ? (void)0 : ff_assert_failed(#cond, __FILE__, __LINE__))
FF_NORETURN void ff_assert_failed(const char *cond, const char *file, int line);

/* malloc family that ends the process when memory is exhausted. Never NULL. Released with free(). */
void *ff_xmalloc(size_t size);
void *ff_xcalloc(size_t count, size_t size);
void *ff_xrealloc(void *ptr, size_t size);
char *ff_xstrdup(const char *z);

/* For FF_CLEANUP on a pointer from the above. */
void ff_freep(void *ptr_to_ptr);

#endif
