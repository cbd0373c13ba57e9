/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture_pcapng: reads the blocks of a pcapng file.
 *
 * A file is a sequence of blocks: type, length, body, and the length again.  A
 * section header gives the byte order of the following blocks; interface blocks
 * describe the interfaces, packet blocks refer to these by number; all others
 * are skipped (draft-ietf-opsawg-pcapng).
 *
 * A file may have several sections, each with its own numbers for interfaces.
 * Here an interface has one index for the whole file, which
 * replay/capture_interfaces.c chooses.
 *
 * No input is trusted: lengths are checked against the block; blocks and the
 * number of interfaces against a limit.
 */
#include <byteswap.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/capture_internal.h"

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_OLD_PACKET 2u
#define BLOCK_SIMPLE 3u
#define BLOCK_ENHANCED 6u

#define ORDER_MAGIC 0x1a2b3c4du
#define FRAME_BYTES 12	      /* type and both lengths */
#define BLOCK_MAX (16u << 20) /* of a block that is parsed */

enum option {
	OPTION_END = 0,
	OPTION_NAME = 2,	 /* if_name */
	OPTION_PACKET_FLAGS = 2, /* epb_flags, pack_flags */
	OPTION_RESOLUTION = 9,	 /* if_tsresol */
	OPTION_OFFSET = 14,	 /* if_tsoffset */
};

/* What was found in a block. */
enum found {
	FOUND_BAD = -1,
	FOUND_NOTHING = 0,
	FOUND_PACKET = 1,
};

/* A block's body and the position of the parser in it. */
struct body {
	const uint8_t *bytes;
	size_t size;
	uint64_t at; /* the block's position in the file */
};

static uint16_t
get16(const struct sw_capture *capture, const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof value);
	return capture->ng.swapped ? bswap_16(value) : value;
}

static uint32_t
get32(const struct sw_capture *capture, const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof value);
	return capture->ng.swapped ? bswap_32(value) : value;
}

static uint64_t
get64(const struct sw_capture *capture, const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof value);
	return capture->ng.swapped ? bswap_64(value) : value;
}

static size_t
padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static size_t
read_some(struct sw_capture *capture, void *to, size_t size)
{
	size_t n = fread(to, 1, size, capture->file);

	capture->position += n;
	return n;
}

static int
short_read(struct sw_capture *capture, uint64_t at)
{
	if (ferror(capture->file))
		return sw_capture_damaged(capture, at, "%s", strerror(errno));
	return sw_capture_damaged(capture, at, "the file ends inside a block");
}

/* Reads and ignores bytes, because a pipe cannot seek. */
static int
skip(struct sw_capture *capture, uint64_t at, size_t size)
{
	uint8_t waste[4096];

	while (size > 0) {
		size_t n = size < sizeof waste ? size : sizeof waste;

		if (read_some(capture, waste, n) != n)
			return short_read(capture, at);
		size -= n;
	}
	return 0;
}

/* Reads one option of a list.
 * => false at the list's end or when it is broken */
static bool
next_option(const struct sw_capture *capture, const uint8_t **at,
    const uint8_t *end, struct body *value, uint16_t *code)
{
	if (end - *at < 4)
		return false;
	*code = get16(capture, *at);
	value->size = get16(capture, *at + 2);
	value->bytes = *at + 4;
	if (*code == OPTION_END ||
	    padded(value->size) > (size_t)(end - value->bytes))
		return false;
	*at = value->bytes + padded(value->size);
	return true;
}

/* Units per second from if_tsresol: a power of ten, or of two when the highest
 * bit is set.
 * => 0 when it does not fit 64 bits */
static uint64_t
resolution(uint8_t code)
{
	unsigned power = code & 0x7f;
	uint64_t units = 1;

	if ((code & 0x80) != 0)
		return power < 64 ? UINT64_C(1) << power : 0;
	if (power > 19)
		return 0;
	while (power-- > 0)
		units *= 10;
	return units;
}

/* Nanoseconds since 1970, limited to the range of 64 bits. */
static struct sw_time
to_time(const struct sw_ng_interface *interface, uint64_t stamp)
{
	__int128 ns = (__int128)(stamp / interface->units) + interface->offset;

	ns = ns * (int64_t)SW_NS_PER_SECOND +
	     (__int128)(stamp % interface->units) * (int64_t)SW_NS_PER_SECOND /
		 interface->units;
	if (ns < 0)
		ns = 0;
	if (ns > INT64_MAX)
		ns = INT64_MAX;
	return (struct sw_time){ (uint64_t)ns };
}

static void
interface_option(const struct sw_capture *capture,
    struct sw_ng_interface *interface, uint16_t code, const struct body *value,
    char name[SW_CAPTURE_NAME])
{
	if (code == OPTION_NAME)
		snprintf(name, SW_CAPTURE_NAME, "%.*s", (int)value->size,
		    (const char *)value->bytes);
	if (code == OPTION_RESOLUTION && value->size >= 1)
		interface->units = resolution(value->bytes[0]);
	if (code == OPTION_OFFSET && value->size >= 8)
		interface->offset = (int64_t)get64(capture, value->bytes);
}

static bool
interface_add(struct sw_capture *capture, struct sw_ng_interface interface,
    const char *name)
{
	struct sw_ng *ng = &capture->ng;

	interface.index = sw_capture_interface_at(capture, ng->n, name);
	if (interface.index == 0 || ng->n >= SW_CAPTURE_INTERFACES)
		return false;
	if (ng->n == ng->room) {
		void *list = sw_capture_interfaces_grow(
		    ng->list, &ng->room, sizeof *ng->list);

		if (list == NULL)
			return false;
		ng->list = list;
	}
	ng->list[ng->n++] = interface;
	return true;
}

static enum found
read_interface(struct sw_capture *capture, const struct body *body)
{
	struct sw_ng_interface interface = { .units = 1000000 };
	const uint8_t *at = body->bytes + 8;
	const uint8_t *end = body->bytes + body->size;
	char name[SW_CAPTURE_NAME] = "";
	struct body value;
	uint16_t code;

	if (body->size < 8)
		return sw_capture_damaged(
		    capture, body->at, "an interface block too short");
	interface.link = get16(capture, body->bytes);
	interface.snaplen = get32(capture, body->bytes + 4);
	while (next_option(capture, &at, end, &value, &code))
		interface_option(capture, &interface, code, &value, name);
	if (interface.units == 0)
		return sw_capture_damaged(
		    capture, body->at, "time stamps finer than 64 bits hold");
	if (!interface_add(capture, interface, name))
		return sw_capture_damaged(
		    capture, body->at, "too many interfaces");
	return FOUND_NOTHING;
}

static const struct sw_ng_interface *
interface_of(struct sw_capture *capture, const struct body *body, uint32_t id)
{
	if (id < capture->ng.n)
		return &capture->ng.list[id];
	sw_capture_damaged(capture, body->at,
	    "a packet of interface %" PRIu32 ", which is not described", id);
	return NULL;
}

/* The lowest two bits of epb_flags are the direction; 2 is outbound. */
static bool
is_outgoing(
    const struct sw_capture *capture, const struct body *body, size_t options)
{
	const uint8_t *at = body->bytes + options;
	const uint8_t *end = body->bytes + body->size;
	struct body value;
	uint16_t code;

	if (options >= body->size)
		return false;
	while (next_option(capture, &at, end, &value, &code))
		if (code == OPTION_PACKET_FLAGS && value.size == 4)
			return (get32(capture, value.bytes) & 3) == 2;
	return false;
}

/* Enhanced packets and the older kind differ only in the field of the
 * interface: 32 bits, or 16 bits and a count of drops. */
static enum found
read_packet(struct sw_capture *capture, const struct body *body, bool is_old,
    struct sw_record *record)
{
	const struct sw_ng_interface *interface;
	const uint8_t *b = body->bytes;
	uint64_t stamp;
	uint32_t captured;

	if (body->size < 20)
		return sw_capture_damaged(
		    capture, body->at, "a packet block too short");
	interface = interface_of(
	    capture, body, is_old ? get16(capture, b) : get32(capture, b));
	if (interface == NULL)
		return FOUND_BAD;
	captured = get32(capture, b + 12);
	if (captured > body->size - 20)
		return sw_capture_damaged(
		    capture, body->at, "a packet longer than its block");
	stamp = (uint64_t)get32(capture, b + 4) << 32 | get32(capture, b + 8);
	*record = (struct sw_record){
		.time = to_time(interface, stamp),
		.bytes = b + 20,
		.captured = captured,
		.length = get32(capture, b + 16),
		.link = interface->link,
		.interface = interface->index,
		.outgoing = is_outgoing(capture, body, 20 + padded(captured)),
	};
	return FOUND_PACKET;
}

/* A simple packet has neither interface nor time: it gets the first interface
 * and the last record's time.  Its captured length follows from the block's. */
static enum found
read_simple(struct sw_capture *capture, const struct body *body,
    struct sw_record *record)
{
	const struct sw_ng_interface *interface;
	uint32_t captured;

	if (body->size < 4)
		return sw_capture_damaged(
		    capture, body->at, "a packet block too short");
	interface = interface_of(capture, body, 0);
	if (interface == NULL)
		return FOUND_BAD;
	captured = get32(capture, body->bytes);
	if (interface->snaplen != 0 && captured > interface->snaplen)
		captured = interface->snaplen;
	if (captured > body->size - 4)
		return sw_capture_damaged(
		    capture, body->at, "a packet longer than its block");
	*record = (struct sw_record){
		.time = capture->latest,
		.bytes = body->bytes + 4,
		.captured = captured,
		.length = get32(capture, body->bytes),
		.link = interface->link,
		.interface = interface->index,
	};
	return FOUND_PACKET;
}

/* The magic gives the byte order, so it must be read before the block's
 * length. */
static enum found
read_section(struct sw_capture *capture, uint64_t at, uint8_t length[4])
{
	uint8_t head[8]; /* magic, major and minor version */
	uint32_t magic, size;

	if (read_some(capture, head, sizeof head) != sizeof head)
		return short_read(capture, at);
	memcpy(&magic, head, sizeof magic);
	if (magic != ORDER_MAGIC && bswap_32(magic) != ORDER_MAGIC)
		return sw_capture_damaged(
		    capture, at, "a section without its byte order");
	capture->ng.swapped = magic != ORDER_MAGIC;
	capture->ng.n = 0;
	size = get32(capture, length);
	if (size < 28 || size % 4 != 0)
		return sw_capture_damaged(
		    capture, at, "a section header of %" PRIu32 " bytes", size);
	if (get16(capture, head + 4) != 1)
		return sw_capture_damaged(capture, at,
		    "version %u of pcapng is not known",
		    get16(capture, head + 4));
	return skip(capture, at, size - FRAME_BYTES - sizeof head + 4);
}

static bool
matters(uint32_t type)
{
	return type == BLOCK_INTERFACE || type == BLOCK_OLD_PACKET ||
	       type == BLOCK_SIMPLE || type == BLOCK_ENHANCED;
}

/* Reads a body and the length after it.
 * => 0 or -1 */
static int
load(struct sw_capture *capture, struct body *body, size_t size)
{
	struct sw_ng *ng = &capture->ng;
	size_t whole = size + 4;

	if (whole > ng->block_room) {
		uint8_t *bigger = realloc(ng->block, whole * 2);

		if (bigger == NULL)
			return sw_capture_damaged(
			    capture, body->at, "no memory for a block");
		ng->block = bigger;
		ng->block_room = whole * 2;
	}
	if (read_some(capture, ng->block, whole) != whole)
		return short_read(capture, body->at);
	if (get32(capture, ng->block + size) != size + FRAME_BYTES)
		return sw_capture_damaged(
		    capture, body->at, "the two lengths of a block differ");
	body->bytes = ng->block;
	body->size = size;
	return 0;
}

static enum found
read_body(struct sw_capture *capture, uint64_t at, uint32_t type, uint32_t size,
    struct sw_record *record)
{
	struct body body = { .at = at };

	if (size < FRAME_BYTES || size % 4 != 0)
		return sw_capture_damaged(
		    capture, at, "a block of %" PRIu32 " bytes", size);
	if (!matters(type))
		return skip(capture, at, size - 8);
	if (size > BLOCK_MAX)
		return sw_capture_damaged(capture, at,
		    "a block of %" PRIu32 " bytes, which no packet needs",
		    size);
	if (load(capture, &body, size - FRAME_BYTES) != 0)
		return FOUND_BAD;
	if (type == BLOCK_INTERFACE)
		return read_interface(capture, &body);
	if (type == BLOCK_SIMPLE)
		return read_simple(capture, &body, record);
	return read_packet(capture, &body, type == BLOCK_OLD_PACKET, record);
}

int
sw_capture_pcapng_next(struct sw_capture *capture, struct sw_record *record)
{
	enum found found = FOUND_NOTHING;

	while (found == FOUND_NOTHING) {
		uint64_t at = capture->position;
		uint8_t head[8]; /* type and length */
		size_t n = read_some(capture, head, sizeof head);

		if (n == 0 && !ferror(capture->file))
			return 0;
		if (n != sizeof head)
			return short_read(capture, at);
		if (get32(capture, head) == BLOCK_SECTION)
			found = read_section(capture, at, head + 4);
		else
			found = read_body(capture, at, get32(capture, head),
			    get32(capture, head + 4), record);
	}
	if (found == FOUND_PACKET && record->length < record->captured)
		record->length = record->captured;
	return found;
}

void
sw_capture_pcapng_close(struct sw_ng *ng)
{
	free(ng->list);
	free(ng->block);
}
