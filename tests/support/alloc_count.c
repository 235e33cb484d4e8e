/* SPDX-License-Identifier: Apache-2.0 */
#include "support/alloc_count.h"

#include <stdatomic.h>
#include <stddef.h>

static atomic_uint_fast64_t calls;

uint64_t
alloc_count(void)
{
	return atomic_load(&calls);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#ifdef SANITIZED

/* <sanitizer/allocator_interface.h>: weak there, called for each allocation when defined. */
void __sanitizer_malloc_hook(const volatile void *p, size_t size);
void __sanitizer_free_hook(const volatile void *p);

void
__sanitizer_malloc_hook(const volatile void *p, size_t size)
{
	(void)p;
	(void)size;
	atomic_fetch_add(&calls, 1);
}

void
__sanitizer_free_hook(const volatile void *p)
{
	(void)p;
	atomic_fetch_add(&calls, 1);
}

#else

/* glibc's own, under the names it keeps for those who replace malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t size);
void free(void *p);

void *
malloc(size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	atomic_fetch_add(&calls, 1);
	return __libc_realloc(p, size);
}

void
free(void *p)
{
	atomic_fetch_add(&calls, 1);
	__libc_free(p);
}

#endif
