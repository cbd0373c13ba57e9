/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_packet: any bytes are parsed to something that agrees with itself.
 *
 * Input: one byte that says what is stated of the length, three bytes of
 * that length, one byte that says where to cut, then the datagram.
 */
#include <netinet/in.h>
#include <string.h>

#include "must.h"
#include "synward/packet.h"

#define HEAD 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_addresses(const struct sw_endpoints *ends)
{
	static const uint8_t zeros[12];
	struct sw_endpoints back = sw_packet_endpoints_reverse(ends);

	MUST(ends->family == SW_IPV4 || ends->family == SW_IPV6);
	if (ends->family == SW_IPV4) {
		MUST(memcmp(ends->src.b + 4, zeros, sizeof(zeros)) == 0);
		MUST(memcmp(ends->dst.b + 4, zeros, sizeof(zeros)) == 0);
	}
	back = sw_packet_endpoints_reverse(&back);
	MUST(sw_packet_endpoints_equal(&back, ends));
}

static void
check_tcp(const struct sw_packet *p)
{
	const struct sw_tcp_segment *tcp = &p->tcp;

	MUST(tcp->kind == sw_tcp_kind(tcp->flags));
	MUST(tcp->payload + 40 <= p->length);
	MUST(tcp->wscale <= 14);
	MUST(tcp->has_wscale || tcp->wscale == 0);
	MUST(!tcp->has_sack || (int32_t)(tcp->sack_edge - tcp->ack) >= 0);
	MUST(sw_packet_opens(p) == (tcp->kind == SW_TCP_SYN));
}

static void
check_icmp(const struct sw_packet *p)
{
	const struct sw_icmp_message *icmp = &p->icmp;

	if (icmp->kind == SW_ICMP_REQUEST)
		MUST(p->ends.sport == icmp->id && p->ends.dport == icmp->type);
	else
		MUST(p->ends.dport == icmp->id);
	MUST(sw_packet_opens(p) == (icmp->kind == SW_ICMP_REQUEST));
	MUST(!icmp->quote_has_seq ||
	     (icmp->quote_valid && (icmp->quote.proto == IPPROTO_TCP ||
				       icmp->quote.proto == IPPROTO_SCTP)));
	if (!icmp->quote_valid)
		return;
	MUST(icmp->kind == SW_ICMP_ERROR);
	MUST(icmp->quote.family == p->ends.family);
	check_addresses(&icmp->quote);
}

static void
check_sctp(const struct sw_packet *p)
{
	const struct sw_sctp_packet *sctp = &p->sctp;

	MUST(sctp->chunks != 0);
	MUST(sctp->steps <= SW_SCTP_STEPS);
	for (unsigned i = 0; i < sctp->steps; i++)
		MUST(sctp->chunks >> sctp->step[i] & 1);
	MUST(!sctp->tag == sw_sctp_has(sctp, SW_SCTP_INIT));
	MUST(!!sctp->init_tag == (sw_sctp_has(sctp, SW_SCTP_INIT) ||
				     sw_sctp_has(sctp, SW_SCTP_INIT_ACK)));
	MUST(sw_packet_opens(p) ==
	     (sw_sctp_has(sctp, SW_SCTP_INIT) || sw_sctp_probes(sctp)));
}

static void
check_fragment(const struct sw_packet *p)
{
	const struct sw_fragment *fragment = &p->fragment;

	if (!fragment->is_fragment) {
		MUST(fragment->offset == 0 && !fragment->more);
		return;
	}
	MUST(fragment->offset % 8 == 0);
	MUST(fragment->length > 0);
	MUST(fragment->offset + fragment->length <= 65535);
	MUST(!fragment->more || fragment->length % 8 == 0);
	if (fragment->offset > 0)
		MUST(p->ends.sport == 0 && p->ends.dport == 0);
}

static void
check_packet(const struct sw_packet *p)
{
	uint8_t proto = p->ends.proto;

	MUST(p->in == 0 && p->out == 0 && !p->local);
	MUST(p->length >= (p->ends.family == SW_IPV4 ? 20 : 40));
	check_addresses(&p->ends);
	check_fragment(p);
	if (p->fragment.offset > 0)
		MUST(!sw_packet_opens(p));
	else if (proto == IPPROTO_TCP)
		check_tcp(p);
	else if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		check_icmp(p);
	else if (proto == IPPROTO_SCTP)
		check_sctp(p);
	else
		MUST(sw_packet_opens(p));
}

/* Where our copy is short, a UDP datagram is read by its ports: what is wrong
 * with the length after them is not seen.  Nor is a later chunk of SCTP, and
 * then the tag may be what is wrong with those that are there. */
static bool
agrees(enum sw_parse outcome, enum sw_parse whole)
{
	bool chunks =
	    whole == SW_PARSE_SCTP_CHUNK || whole == SW_PARSE_SCTP_BUNDLE;

	return outcome == whole || outcome == SW_PARSE_CUT ||
	       outcome == SW_PARSE_COPY ||
	       (outcome == SW_PARSE_OK && whole == SW_PARSE_UDP_LENGTH) ||
	       (chunks &&
		   (outcome == SW_PARSE_OK || outcome == SW_PARSE_SCTP_TAG));
}

/* Where less is at hand, nothing but that may be found wrong. */
static void
check_cut(
    const uint8_t *bytes, size_t size, uint32_t stated, enum sw_parse whole)
{
	uint8_t *copy = malloc(size + 1);
	struct sw_packet p;
	enum sw_parse outcome;

	MUST(copy != NULL);
	memcpy(copy, bytes, size);
	outcome = sw_packet_parse(copy, size, stated, &p);
	MUST(agrees(outcome, whole));
	free(copy);
}

static uint32_t
stated_length(const uint8_t *head, size_t size)
{
	uint32_t any = (uint32_t)(head[1] << 16 | head[2] << 8 | head[3]);

	if (head[0] % 3 == 0)
		return 0;
	return head[0] % 3 == 1 ? (uint32_t)size : any;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_packet p;
	enum sw_parse outcome;
	uint32_t stated;

	if (size < HEAD)
		return 0;
	size -= HEAD;
	stated = stated_length(data, size);
	outcome = sw_packet_parse(data + HEAD, size, stated, &p);
	MUST(p.malformed == outcome);
	MUST(outcome < SW_PARSE_FRAGMENT_ORPHAN);
	MUST(sw_packet_parse_text(outcome) != NULL);
	if (outcome == SW_PARSE_OK)
		check_packet(&p);
	else
		MUST(!sw_packet_opens(&p));
	check_cut(data + HEAD, size * data[4] / 256, stated, outcome);
	return 0;
}
