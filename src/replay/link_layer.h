/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_layer: finds the IP datagram in a captured frame.
 *
 * It knows Ethernet, FDDI and bare 802.2 headers, PPP and Cisco HDLC, MPLS,
 * 802.11, Linux cooked captures, the packet logs of Linux and of pf, raw IP and
 * BSD loopback; VLAN tags, PPPoE, MPLS labels and LLC/SNAP headers also within
 * the others.  Everything is read through a bounded reader.
 */
#ifndef SYNWARD_REPLAY_LINK_LAYER_H
#define SYNWARD_REPLAY_LINK_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Link types in capture files; raw IP and 802.2 have several numbers. */
enum sw_link_type {
	SW_LINK_NULL = 0,
	SW_LINK_ETHERNET = 1,
	SW_LINK_PPP = 9,
	SW_LINK_FDDI = 10,
	SW_LINK_LLC_LIVE = 11,
	SW_LINK_RAW = 12,
	SW_LINK_RAW_OPENBSD = 14,
	SW_LINK_PPP_HDLC = 50,
	SW_LINK_PPPOE = 51,
	SW_LINK_LLC = 100,
	SW_LINK_RAW_FILE = 101,
	SW_LINK_CISCO_HDLC = 104,
	SW_LINK_WIRELESS = 105,
	SW_LINK_LOOP = 108,
	SW_LINK_COOKED = 113,
	SW_LINK_PFLOG = 117,
	SW_LINK_RADIOTAP = 127,
	SW_LINK_USER_FIRST = 147, /* free for anybody's own use */
	SW_LINK_USER_LAST = 162,
	SW_LINK_PPP_PPPD = 166,
	SW_LINK_PPP_DIRECTION = 204,
	SW_LINK_MPLS = 219,
	SW_LINK_IPV4 = 228,
	SW_LINK_IPV6 = 229,
	SW_LINK_NFLOG = 239,
	SW_LINK_COOKED2 = 276,
};

/* One row for each outcome but IP: its name in JSON, its label in the summary,
 * why the record has no packet, and a note.
 *
 * CUT: the capture ends inside the headers, and the frame did not.  CORRUPT:
 * the frame itself is too short, or its checksum was wrong. */
#define SW_LINK_OUTCOME_MAP(X)                                          \
	X(NOT_IP, "not_ip", "not IP", "not IP", "not judged")           \
	X(CUT, "cut", "cut", "cut short by the capture",                \
	    "short by the capture: not judged")                         \
	X(PACKED, "packed", "packed", "packed by the link",             \
	    "compressed, split or joined by the link: not judged")      \
	X(ENCRYPTED, "encrypted", "encrypted", "encrypted by the link", \
	    "by the link: not judged")                                  \
	X(CORRUPT, "corrupt", "corrupt", "damaged frame",               \
	    "frame too short or with a wrong checksum: not judged")     \
	X(UNKNOWN, "unknown_link", "unread", "link type not known",     \
	    "link type not known")

enum sw_link_outcome {
	SW_LINK_IP,
#define X(name, key, label, why, note) SW_LINK_##name,
	SW_LINK_OUTCOME_MAP(X)
#undef X
	    SW_LINK_OUTCOMES
};

struct sw_link {
	const uint8_t *ip; /* within the frame */
	size_t captured;   /* bytes of the datagram in the frame */
	uint32_t stated;   /* bytes on the wire, with padding */
	/* Indexes on the capturing host; 0 if the frame does not tell.  Only
	 * NFLOG tells the second one, of the interface to which the packet
	 * goes; in the others it came or went on the first. */
	uint32_t ifindex, out_ifindex;
	uint32_t mark;	     /* NFLOG: the packet's mark */
	const uint8_t *name; /* PFLOG: of the interface, within the frame */
	uint8_t name_size;   /* bytes of it, without a NUL */
	bool outgoing;	     /* sent by the capturing host */
};

/*
 * Skips the link header of a frame with captured bytes in the file and length
 * bytes on the wire.
 * => fills *link only when the outcome is SW_LINK_IP
 */
enum sw_link_outcome sw_link_layer_strip(uint32_t type, const uint8_t *frame,
    size_t captured, uint32_t length, struct sw_link *link);

/*
 * The same where the link's own header is gone already: type is the EtherType
 * of what the frame begins with, such as that of a VLAN tag.
 */
enum sw_link_outcome
sw_link_layer_strip_type(uint16_t type, const uint8_t *frame, size_t captured,
    uint32_t length, struct sw_link *link);

/* What could be read of a packet whose headers were cut: its addresses; the
 * protocol and the ports, or 0.
 * => false when not even its addresses */
struct sw_packet;
struct sw_endpoints;
bool sw_link_cut_ends(const struct sw_link *link,
    const struct sw_packet *packet, struct sw_endpoints *ends);

/* Does sw_link_layer_strip() know this type? */
bool sw_link_layer_knows(uint32_t type);

/* Which link type does a frame of an unknown type look like?
 * => false when it looks like none */
bool sw_link_layer_guess(
    const uint8_t *frame, size_t captured, uint32_t length, uint32_t *type);

#endif
