/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of shell/capture.c, as simple as it can be: no length is
 * known before its block is over, so it is written behind.
 */
#include "tape.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
tape_put(struct tape *tape, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned at = tape->big ? size - 1 - i : i;

		tape->bytes[tape->size++] = (uint8_t)(value >> 8 * at);
	}
}

void
tape_put_bytes(struct tape *tape, const char *bytes, size_t size)
{
	memcpy(tape->bytes + tape->size, bytes, size);
	tape->size += size;
	while (tape->size % 4 != 0)
		tape->bytes[tape->size++] = 0;
}

void
tape_block_begin(struct tape *tape, uint32_t type)
{
	tape->block = tape->size;
	tape_put(tape, type, 4);
	tape_put(tape, 0, 4);
}

void
tape_block_end(struct tape *tape)
{
	size_t size = tape->size + 4 - tape->block;
	size_t end = tape->size;

	tape_put(tape, size, 4);
	tape->size = tape->block + 4;
	tape_put(tape, size, 4);
	tape->size = end + 4;
}

void
tape_section(struct tape *tape)
{
	tape_block_begin(tape, 0x0a0d0d0a);
	tape_put(tape, 0x1a2b3c4d, 4);
	tape_put(tape, 1, 2);
	tape_put(tape, 0, 2);
	tape_put(tape, UINT64_MAX, 8);
	tape_block_end(tape);
}

void
tape_option(struct tape *tape, uint16_t code, const char *value, size_t size)
{
	tape_put(tape, code, 2);
	tape_put(tape, size, 2);
	tape_put_bytes(tape, value, size);
}

void
tape_interface_begin(struct tape *tape, uint16_t link, const char *name)
{
	tape_block_begin(tape, 1);
	tape_put(tape, link, 2);
	tape_put(tape, 0, 2);
	tape_put(tape, 0, 4);
	if (name != NULL)
		tape_option(tape, 2, name, strlen(name));
}

void
tape_interface(struct tape *tape, uint16_t link, const char *name)
{
	tape_interface_begin(tape, link, name);
	tape_block_end(tape);
}

void
tape_packet_begin(struct tape *tape, uint32_t id, uint64_t stamp)
{
	tape_block_begin(tape, 6);
	tape_put(tape, id, 4);
	tape_put(tape, stamp >> 32, 4);
	tape_put(tape, stamp & UINT32_MAX, 4);
	tape_put(tape, strlen(TAPE_PACKET), 4);
	tape_put(tape, 1500, 4);
	tape_put_bytes(tape, TAPE_PACKET, strlen(TAPE_PACKET));
}

void
tape_packet(struct tape *tape, uint32_t id, uint64_t stamp)
{
	tape_packet_begin(tape, id, stamp);
	tape_block_end(tape);
}

void
tape_classic(struct tape *tape, uint32_t magic)
{
	tape_put(tape, magic, 4);
	tape_put(tape, 2, 2);
	tape_put(tape, 4, 2);
	tape_put(tape, 0, 8);
	tape_put(tape, 65535, 4);
	tape_put(tape, 1, 4);
}

void
tape_classic_packet(struct tape *tape, uint32_t seconds, uint32_t fraction)
{
	tape_put(tape, seconds, 4);
	tape_put(tape, fraction, 4);
	tape_put(tape, strlen(TAPE_PACKET), 4);
	tape_put(tape, 1500, 4);
	memcpy(tape->bytes + tape->size, TAPE_PACKET, strlen(TAPE_PACKET));
	tape->size += strlen(TAPE_PACKET);
}

/* Opens what was written; the descriptor may be closed once it is open. */
struct sw_capture *
tape_open(const struct tape *tape, char error[SW_CAPTURE_ERROR])
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct sw_capture *capture;
	char path[64];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    write(fd, tape->bytes, tape->size), (ssize_t)tape->size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	capture = sw_capture_open(path, error);
	close(fd);
	return capture;
}

struct sw_capture *
tape_open_good(const struct tape *tape)
{
	char error[SW_CAPTURE_ERROR] = "";
	struct sw_capture *capture = tape_open(tape, error);

	ck_assert_msg(capture != NULL, "%s", error);
	return capture;
}

struct sw_record
tape_expect_record(struct sw_capture *capture, uint64_t ns)
{
	struct sw_record record;

	ck_assert_msg(sw_capture_next(capture, &record) == 1, "%s",
	    sw_capture_error(capture));
	ck_assert_uint_eq(record.time.ns, ns);
	ck_assert_uint_eq(record.captured, strlen(TAPE_PACKET));
	ck_assert_mem_eq(record.bytes, TAPE_PACKET, strlen(TAPE_PACKET));
	return record;
}

void
tape_expect_end(struct sw_capture *capture)
{
	struct sw_record record;

	ck_assert_int_eq(sw_capture_next(capture, &record), 0);
	ck_assert_str_eq(sw_capture_error(capture), "");
	sw_capture_close(capture);
}

/* What is wrong is said, and said again. */
void
tape_expect_damage(struct sw_capture *capture, const char *words)
{
	struct sw_record record;

	ck_assert_int_eq(sw_capture_next(capture, &record), -1);
	ck_assert_msg(strstr(sw_capture_error(capture), words) != NULL,
	    "'%s' does not tell '%s'", sw_capture_error(capture), words);
	ck_assert_int_eq(sw_capture_next(capture, &record), -1);
	sw_capture_close(capture);
}
