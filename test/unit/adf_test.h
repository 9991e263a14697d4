/*
 * adf_test.h
 *	  What adf_test.c uses of its helpers.
 */
#ifndef ADF_TEST_H
#define ADF_TEST_H

#include <setjmp.h>

#include "json/json.h"

/* adf_server.c: where errors go, what is allocated, what the context owns. */
extern jmp_buf on_error;
extern long live;				/* allocations that are not freed yet */
extern long allowed;			/* how many more succeed; negative: all */

extern void *count_malloc(size_t size);
extern void count_free(void *pointer);
extern void reset_context(void);

/* adf_random.c */
#define MAX_CHARACTERS 60
#define MAX_TEXT (4 * MAX_CHARACTERS + 1)

extern int	words;				/* words made so far: w0; w1; and so on */

extern void random_text(char *text);

/* Any node below any other, to this depth, with texts of one word each. */
extern json_t *random_node(int depth);

#endif							/* ADF_TEST_H */
