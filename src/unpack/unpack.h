/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack: reads a compressed file as if it were not compressed.
 *
 * The result is a stream, for readers that know nothing of it.  It unpacks only
 * what is read, so memory use does not depend on the size of either side.
 * Files of several parts, such as those of two files one after the other, are
 * read to the end.
 */
#ifndef SYNWARD_UNPACK_UNPACK_H
#define SYNWARD_UNPACK_UNPACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SW_UNPACK_ERROR 160
#define SW_UNPACK_MAGIC 4 /* first bytes that identify a format */

struct sw_unpack;

/* => the name of the format of a file that begins like this, such as "gzip";
 *    NULL when it is not compressed */
const char *sw_unpack_format(const uint8_t magic[SW_UNPACK_MAGIC]);

/*
 * Opens a stream of what is in a compressed file.
 * => NULL, with the reason in error, if memory is short or nothing here reads
 *    that format
 * => the caller owns the result, and the stream, which it closes first; the
 *    file stays the caller's, and must outlive both
 */
struct sw_unpack *
sw_unpack_open(FILE *file, const uint8_t magic[SW_UNPACK_MAGIC], FILE **stream,
    char error[SW_UNPACK_ERROR]);
void sw_unpack_close(struct sw_unpack *unpack);

/* Why the stream has an error, and where in the file; "" without one. */
const char *sw_unpack_error(const struct sw_unpack *unpack);

/* Bytes of the file that were read. */
uint64_t sw_unpack_position(const struct sw_unpack *unpack);
/* => the most that a file of this size may hold; 0 when there is no limit */
uint64_t sw_unpack_most(const struct sw_unpack *unpack, uint64_t size);

#endif
