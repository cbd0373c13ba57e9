/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_wireless: 802.11 frames, also behind a radiotap header.
 *
 * Only data frames matter.  Their header grows with the fourth address between
 * access points, with QoS, and with HT control; then an 802.2 header follows
 * (IEEE 802.11-2020 §9.3.2.1).
 *
 * The radiotap header says whether the frame's header is padded, and whether
 * its checksum was wrong.  Its fields are in the order of the bits that
 * announce them, each aligned to its size, so the flags are found after the
 * time stamp.
 *
 * A frame that the link encrypted is counted as such.  One that holds several
 * datagrams, or a later part of one, is counted as packed; that part has no
 * header, and a first part is like a datagram that the capture has cut.
 */
#include "replay/link_internal.h"

#define FRAME_VERSION 0x0003
#define FRAME_TYPE 0x000c
#define FRAME_DATA 0x0008
#define DATA_NULL 0x0040 /* no data: power management */
#define DATA_QOS 0x0080
#define TO_ACCESS_POINT 0x0100
#define FROM_ACCESS_POINT 0x0200
#define BETWEEN_ACCESS_POINTS (TO_ACCESS_POINT | FROM_ACCESS_POINT)
#define MORE_FRAGMENTS 0x0400
#define PROTECTED 0x4000
#define HT_CONTROL 0x8000 /* in a QoS frame */
#define FRAGMENT_NUMBER 0x000f
#define QOS_AGGREGATE 0x0080

#define RADIOTAP_MORE 0x80000000u /* another word of bits follows */
#define RADIOTAP_TIME 0x00000001u
#define RADIOTAP_FLAGS 0x00000002u
#define RADIOTAP_HEAD 8
#define FLAG_PADDED 0x20
#define FLAG_BAD_CHECKSUM 0x40

/* What a header in front of the frame says about it. */
struct radio {
	bool padded, corrupt;
};

/* The rest of the header after the first address; fills *aggregate. */
static void
skip_header(struct sw_reader *reader, uint16_t control,
    const struct radio *radio, uint16_t *fragment, bool *aggregate)
{
	size_t begin = reader->at - 10;

	sw_reader_skip(reader, 12); /* the second and third address */
	*fragment = sw_link_little16(reader) & FRAGMENT_NUMBER;
	if ((control & BETWEEN_ACCESS_POINTS) == BETWEEN_ACCESS_POINTS)
		sw_reader_skip(reader, 6);
	if ((control & DATA_QOS) != 0) {
		*aggregate = (sw_link_little16(reader) & QOS_AGGREGATE) != 0;
		if ((control & HT_CONTROL) != 0)
			sw_reader_skip(reader, 4);
	}
	if (radio->padded)
		sw_reader_skip(reader, (4 - (reader->at - begin) % 4) % 4);
}

static enum sw_link_outcome
strip_data(struct sw_reader *reader, uint16_t control,
    const struct radio *radio, struct sw_link *link)
{
	bool aggregate = false;
	uint16_t fragment = 0;
	enum sw_link_outcome what;

	sw_reader_skip(reader, 8); /* duration, the first address */
	skip_header(reader, control, radio, &fragment, &aggregate);
	if (reader->cut)
		return SW_LINK_CUT;
	if ((control & PROTECTED) != 0)
		return SW_LINK_ENCRYPTED;
	if (aggregate || fragment > 0)
		return SW_LINK_PACKED;
	what = sw_link_ether_strip_llc(reader);
	if (what == SW_LINK_IP && (control & MORE_FRAGMENTS) != 0)
		link->stated = (uint32_t)reader->at +
			       sw_link_log_length(reader->bytes + reader->at,
				   reader->at_hand - reader->at);
	return what;
}

static enum sw_link_outcome
strip_frame(
    struct sw_reader *reader, const struct radio *radio, struct sw_link *link)
{
	uint16_t control = sw_link_little16(reader);

	if (reader->cut)
		return SW_LINK_CUT;
	if (radio->corrupt)
		return SW_LINK_CORRUPT;
	if ((control & FRAME_VERSION) != 0 ||
	    (control & FRAME_TYPE) != FRAME_DATA || (control & DATA_NULL) != 0)
		return SW_LINK_NOT_IP;
	return strip_data(reader, control, radio, link);
}

enum sw_link_outcome
sw_link_wireless_strip(struct sw_reader *reader, struct sw_link *link)
{
	static const struct radio none = { 0 };

	return strip_frame(reader, &none, link);
}

/* The time stamp has 8 bytes, aligned to 8. */
static struct radio
read_fields(struct sw_reader *fields, uint32_t present)
{
	uint8_t flags;

	if ((present & RADIOTAP_TIME) != 0)
		sw_reader_skip(fields, (8 - fields->at % 8) % 8 + 8);
	flags = (present & RADIOTAP_FLAGS) != 0 ? sw_reader_u8(fields) : 0;
	return (struct radio){
		.padded = (flags & FLAG_PADDED) != 0,
		.corrupt = (flags & FLAG_BAD_CHECKSUM) != 0,
	};
}

enum sw_link_outcome
sw_link_wireless_strip_radiotap(struct sw_reader *reader, struct sw_link *link)
{
	struct sw_reader head = *reader;
	uint16_t version = sw_reader_u16(&head); /* and a byte of padding */
	uint16_t size = sw_link_little16(&head);
	uint32_t present = sw_link_little32(&head), more = present;
	struct radio radio;

	if (head.cut)
		return SW_LINK_CUT;
	if (version >> 8 != 0 || size < RADIOTAP_HEAD)
		return SW_LINK_NOT_IP;
	sw_reader_skip(reader, size);
	if (reader->cut)
		return SW_LINK_CUT;
	head.at_hand = size;
	while ((more & RADIOTAP_MORE) != 0)
		more = sw_link_little32(&head);
	radio = read_fields(&head, present);
	return head.cut ? SW_LINK_NOT_IP : strip_frame(reader, &radio, link);
}
