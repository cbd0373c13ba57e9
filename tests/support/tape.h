/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tape: capture files for tests, written byte by byte.
 *
 * A tape is filled with the parts of a pcap or pcapng file, in either byte
 * order, opened through the door a file on disk comes by, and its records
 * are held against what is expected.
 */
#ifndef SYNWARD_SUPPORT_TAPE_H
#define SYNWARD_SUPPORT_TAPE_H

#include "replay/capture.h"

#define TAPE_MAX 65536
#define TAPE_PACKET "0123456789" /* what is in every packet */

struct tape {
	uint8_t bytes[TAPE_MAX];
	size_t size;
	bool big;     /* byte order */
	size_t block; /* where the open block begins */
};

/* A number of size bytes in the tape's byte order. */
void tape_put(struct tape *tape, uint64_t value, unsigned size);
/* Bytes, padded to a multiple of four. */
void tape_put_bytes(struct tape *tape, const char *bytes, size_t size);

/* pcap: the head of a file, then packets of TAPE_PACKET. */
void tape_classic(struct tape *tape, uint32_t magic);
void
tape_classic_packet(struct tape *tape, uint32_t seconds, uint32_t fraction);

/* pcapng: blocks of any kind, and of the kinds every file has.  A block that
 * was only begun takes options until tape_block_end(). */
void tape_block_begin(struct tape *tape, uint32_t type);
void tape_block_end(struct tape *tape);
void tape_section(struct tape *tape);
void
tape_option(struct tape *tape, uint16_t code, const char *value, size_t size);
/* name: NULL for none */
void tape_interface_begin(struct tape *tape, uint16_t link, const char *name);
void tape_interface(struct tape *tape, uint16_t link, const char *name);
void tape_packet_begin(struct tape *tape, uint32_t id, uint64_t stamp);
void tape_packet(struct tape *tape, uint32_t id, uint64_t stamp);

/* As sw_capture_open(); the tape may be written on afterwards. */
struct sw_capture *
tape_open(const struct tape *tape, char error[SW_CAPTURE_ERROR]);
/* Fails the test when it does not open. */
struct sw_capture *tape_open_good(const struct tape *tape);

/* Each fails the test when something else comes. */
struct sw_record tape_expect_record(struct sw_capture *capture, uint64_t ns);
/* The last two close the capture. */
void tape_expect_end(struct sw_capture *capture);
/* What is wrong is said, in these words, and said again. */
void tape_expect_damage(struct sw_capture *capture, const char *words);

#endif
