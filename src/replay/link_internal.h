/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_internal: what the files that read link headers share.
 *
 * replay/link_layer.c maps the link type to a function; replay/link_ether.c
 * continues from an EtherType or an 802.2 header, replay/link_ppp.c reads PPP
 * and its relatives, replay/link_wireless.c 802.11, replay/link_log.c the
 * packet logs of Linux and of pf.
 *
 * Each function leaves the reader at the first byte of the datagram when its
 * outcome is SW_LINK_IP.
 */
#ifndef SYNWARD_REPLAY_LINK_INTERNAL_H
#define SYNWARD_REPLAY_LINK_INTERNAL_H

#include "engine/packet/reader.h"
#include "replay/link_layer.h"

#define SW_ETHER_IP4 0x0800
#define SW_ETHER_IP6 0x86dd

/* The outcome of a header that was read to its end, or was cut in it. */
static inline enum sw_link_outcome
sw_link_outcome_of(const struct sw_reader *reader, bool is_ip)
{
	if (reader->cut)
		return SW_LINK_CUT;
	return is_ip ? SW_LINK_IP : SW_LINK_NOT_IP;
}

static inline uint16_t
sw_link_little16(struct sw_reader *reader)
{
	return __builtin_bswap16(sw_reader_u16(reader));
}

static inline uint32_t
sw_link_little32(struct sw_reader *reader)
{
	return __builtin_bswap32(sw_reader_u32(reader));
}

/* The next byte, which is not skipped; 0 at the end of the frame. */
static inline uint8_t
sw_link_peek(const struct sw_reader *reader)
{
	struct sw_reader look = *reader;

	return sw_reader_u8(&look);
}

/* Is this number of an address family IP?  That of IPv6 differs between
 * systems. */
static inline bool
sw_link_is_ip_family(uint32_t family)
{
	return family == 2 || family == 10 || family == 24 || family == 28 ||
	       family == 30;
}

/*
 * The length of a datagram of which the link has only a part: what its IP
 * header states, but at least the bytes that are there.
 */
uint32_t sw_link_log_length(const uint8_t *ip, size_t captured);

/* replay/link_ether.c: continues from an EtherType, an 802.2 LLC header, or a
 * stack of MPLS labels. */
enum sw_link_outcome
sw_link_ether_strip_type(struct sw_reader *reader, uint16_t type);
enum sw_link_outcome sw_link_ether_strip_llc(struct sw_reader *reader);
enum sw_link_outcome sw_link_ether_strip_labels(struct sw_reader *reader);

/* replay/link_ppp.c: continues from PPP's field of the protocol, or from the
 * header of a PPPoE session. */
enum sw_link_outcome sw_link_ppp_strip_protocol(struct sw_reader *reader);
enum sw_link_outcome sw_link_ppp_strip_session(struct sw_reader *reader);

/* One function for each link type. */
enum sw_link_outcome
sw_link_ether_strip(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_ether_strip_fddi(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_ppp_strip(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_ppp_strip_cisco(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_ppp_strip_pppd(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_ppp_strip_direction(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_wireless_strip(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_wireless_strip_radiotap(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_log_strip_nflog(struct sw_reader *reader, struct sw_link *link);
enum sw_link_outcome
sw_link_log_strip_pflog(struct sw_reader *reader, struct sw_link *link);

#endif
