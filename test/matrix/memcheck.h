/*
 * memcheck.h
 *	  The requests to valgrind that PostgreSQL makes when it is compiled with
 *	  USE_VALGRIND, made to AddressSanitizer instead.
 *
 * So it knows of the bytes that memory contexts have given out, and of no others
 * in their blocks.  A chunk that is freed ends at its next header; memory that
 * is not initialized is beyond AddressSanitizer.
 */
#ifndef JIRA_MATRIX_MEMCHECK_H
#define JIRA_MATRIX_MEMCHECK_H

#include <sanitizer/asan_interface.h>

#define VALGRIND_MAKE_MEM_DEFINED(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#define VALGRIND_MAKE_MEM_UNDEFINED(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#define VALGRIND_MAKE_MEM_NOACCESS(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define VALGRIND_CHECK_MEM_IS_DEFINED(address, size) ((void) 0)

/* Contexts say the same about the bytes of a chunk themselves. */
#define VALGRIND_CREATE_MEMPOOL(context, redzone, zeroed) ((void) 0)
#define VALGRIND_DESTROY_MEMPOOL(context) ((void) 0)
#define VALGRIND_MEMPOOL_ALLOC(context, address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#define VALGRIND_MEMPOOL_FREE(context, address) ((void) 0)
#define VALGRIND_MEMPOOL_CHANGE(context, old, address, size) ((void) 0)

#endif							/* JIRA_MATRIX_MEMCHECK_H */
