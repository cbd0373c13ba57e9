/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In place of each allocating function that our own code calls.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "scarce.h"

static _Thread_local unsigned countdown; /* calls until one fails; 0: none */
static _Thread_local bool failed, paused;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
FILE *__real_open_memstream(char **text, size_t *size);
FILE *__real_fmemopen(void *bytes, size_t size, const char *mode);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
FILE *__wrap_open_memstream(char **text, size_t *size);
FILE *__wrap_fmemopen(void *bytes, size_t size, const char *mode);
int __wrap_asprintf(char **text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void
scarce_at(unsigned nth)
{
	failed = false;
	countdown = nth;
}

bool
scarce_over(void)
{
	countdown = 0;
	paused = false;
	return failed;
}

void
scarce_pause(bool pause)
{
	paused = pause;
}

bool
scarce_fails(void)
{
	if (paused || countdown == 0 || --countdown > 0)
		return false;
	failed = true;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return scarce_fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return scarce_fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return scarce_fails() ? NULL : __real_realloc(old, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return scarce_fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *
__wrap_strdup(const char *text)
{
	return scarce_fails() ? NULL : __real_strdup(text);
}

FILE *
__wrap_open_memstream(char **text, size_t *size)
{
	return scarce_fails() ? NULL : __real_open_memstream(text, size);
}

FILE *
__wrap_fmemopen(void *bytes, size_t size, const char *mode)
{
	return scarce_fails() ? NULL : __real_fmemopen(bytes, size, mode);
}

int
__wrap_asprintf(char **text, const char *format, ...)
{
	va_list args;
	int n;

	if (scarce_fails())
		return -1;
	va_start(args, format);
	n = vasprintf(text, format, args);
	va_end(args);
	return n;
}
