/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: reads records of a pcap or pcapng file.
 *
 * It returns one record after another in the order of the file, in bounded
 * memory, from a file or a pipe, also if that is compressed (unpack/unpack.h).
 * A damaged file gives every record before the damage, and then an error with
 * the position.
 */
#ifndef SYNWARD_REPLAY_CAPTURE_H
#define SYNWARD_REPLAY_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "synward/time.h"

#define SW_CAPTURE_NAME 64 /* of an interface's name, with the closing NUL */
#define SW_CAPTURE_ERROR 256

struct sw_capture;

struct sw_record {
	uint64_t frame;	      /* from 1, counting all records of the file */
	struct sw_time time;  /* since 1970, else the record before's */
	const uint8_t *bytes; /* valid until the next record is read */
	uint32_t captured;    /* bytes in the file */
	uint32_t length;      /* bytes on the wire */
	uint32_t link;	      /* link type, see replay/link_layer.h */
	uint32_t interface;   /* 1 .. sw_capture_interfaces(); 0: unknown */
	bool outgoing;	      /* the file says that the host sent it */
};

/*
 * Opens a file; "-" is standard input.
 * => NULL, with the reason in error
 * => the caller owns the result: sw_capture_close()
 */
struct sw_capture *
sw_capture_open(const char *path, char error[SW_CAPTURE_ERROR]);
void sw_capture_close(struct sw_capture *capture);

/* => 1 with a record, 0 at the end, -1 when the file is damaged here: see
 *    sw_capture_error(); all later calls return -1 */
int sw_capture_next(struct sw_capture *capture, struct sw_record *record);

/* The link type with this number or this name of libpcap, such as 1 or EN10MB.
 * => false when there is none */
bool sw_capture_link_parse(const char *text, uint32_t *type);
/* What libpcap calls a link type, such as "USER0", and in words, such as
 * "Ethernet".
 * => NULL when it does not know the type */
const char *sw_capture_link_name(uint32_t type);
const char *sw_capture_link_text(uint32_t type);

/* What is wrong, where, and after how many records; "" without an error. */
const char *sw_capture_error(const struct sw_capture *capture);

/* The number of interfaces so far; it only grows. */
uint32_t sw_capture_interfaces(const struct sw_capture *capture);
/* => "" when the interface has no name or is unknown */
const char *
sw_capture_interface_name(const struct sw_capture *capture, uint32_t interface);
/* The index of the interface with this name, which is added if the capture has
 * not described it: the frames of some link types name theirs.
 * => 0 when there is no room */
uint32_t sw_capture_interface_named(
    struct sw_capture *capture, const char name[SW_CAPTURE_NAME]);

/* Bytes read so far, and bytes of the whole file: 0 when unknown. */
uint64_t sw_capture_position(const struct sw_capture *capture);
uint64_t sw_capture_size(const struct sw_capture *capture);
/* Bytes of the capture itself, which is larger if it is compressed, at most; 0
 * when unknown. */
uint64_t sw_capture_most(const struct sw_capture *capture);

#endif
