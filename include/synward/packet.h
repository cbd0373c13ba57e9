/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet: what the engine knows about one packet.
 *
 * sw_packet_parse() reads the bytes of an IP datagram once, through a
 * bounded reader, into plain host-order values; nothing else in synward
 * reads packet bytes.  The enum sw_parse names what is wrong with a packet
 * that is cut or contradicts itself.
 */
#ifndef SYNWARD_PACKET_H
#define SYNWARD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address, network byte order; IPv4 fills the first four bytes, the
 * others are zero. */
struct sw_addr {
	uint8_t b[16];
};

enum sw_family {
	SW_IPV4 = 4,
	SW_IPV6 = 6,
};

/* The two ends of a packet or flow, in the direction of the packet or of the
 * opener.  Ports are in host order.  For an ICMP request the source port is its
 * identifier and the destination port its type, for a reply the other way
 * round; protocols without ports have 0. */
struct sw_endpoints {
	struct sw_addr src, dst;
	uint16_t sport, dport;
	uint8_t family; /* enum sw_family */
	uint8_t proto;	/* IPPROTO_*, after extension headers */
	uint8_t zone; /* 0: none; the parser leaves 0: see sw_engine_place() */
	uint8_t zero; /* family to zero are copied as one word */
};

/* TCP flag bits as on the wire (RFC 9293 §3.1, RFC 3168). */
enum sw_tcp_flag {
	SW_FIN = 0x01,
	SW_SYN = 0x02,
	SW_RST = 0x04,
	SW_PSH = 0x08,
	SW_ACK = 0x10,
	SW_URG = 0x20,
	SW_ECE = 0x40,
	SW_CWR = 0x80,
};

/* The meaning of a flag byte; one table of 256 entries classifies it.  PSH, ECE
 * and CWR are ignored; URG is legal where noted. */
enum sw_tcp_kind {
	SW_TCP_BAD,    /* no stack sends it */
	SW_TCP_SYN,    /* opening SYN: SYN set; ACK, FIN, RST clear; URG too */
	SW_TCP_SYNACK, /* SYN and ACK, no FIN, no RST, no URG */
	SW_TCP_FIN,    /* FIN and ACK, no SYN, no RST; URG too */
	SW_TCP_ACK,    /* ACK alone of SYN, FIN, RST, ACK; URG too */
	SW_TCP_RST,    /* RST, with or without ACK, no SYN, FIN or URG */
	SW_TCP_KINDS
};

struct sw_tcp_segment {
	uint8_t flags; /* enum sw_tcp_flag */
	uint8_t kind;  /* enum sw_tcp_kind */
	uint32_t seq, ack;
	uint16_t window;  /* as on the wire, unscaled */
	uint32_t payload; /* bytes after the TCP header, by the IP length */
	bool has_wscale;  /* RFC 7323; only valid with SYN */
	uint8_t wscale;	  /* 0..14, larger values are capped */
	bool sack_permitted;
	bool has_sack;
	uint32_t sack_edge; /* highest right edge of the SACK blocks, at
			       least ack */
	bool has_timestamp; /* RFC 7323 */
	uint32_t tsval, tsecr;
	bool has_mss;
	uint16_t mss;
};

/* Chunks of SCTP by their numbers (RFC 9260 §3.2).  OTHER means all that
 * are not listed; none of those changes an association. */
enum sw_sctp_chunk {
	SW_SCTP_DATA,
	SW_SCTP_INIT,
	SW_SCTP_INIT_ACK,
	SW_SCTP_SACK,
	SW_SCTP_HEARTBEAT,
	SW_SCTP_HEARTBEAT_ACK,
	SW_SCTP_ABORT,
	SW_SCTP_SHUTDOWN,
	SW_SCTP_SHUTDOWN_ACK,
	SW_SCTP_ERROR,
	SW_SCTP_COOKIE_ECHO,
	SW_SCTP_COOKIE_ACK,
	SW_SCTP_ECNE,
	SW_SCTP_CWR,
	SW_SCTP_SHUTDOWN_COMPLETE,
	SW_SCTP_OTHER,
	SW_SCTP_CHUNKS
};

#define SW_SCTP_STEPS 12

/* What a tracker reads of an SCTP packet. */
struct sw_sctp_packet {
	uint32_t tag;	   /* verification tag; 0 only with INIT */
	uint32_t init_tag; /* initiate tag of INIT and INIT ACK, else 0 */
	uint16_t chunks;   /* a bit for each enum sw_sctp_chunk it holds */
	uint16_t reflects; /* a bit for each of step: its T bit is set */
	uint8_t steps;
	uint8_t step[SW_SCTP_STEPS]; /* the chunks that may change an
					association, in order */
};

/* How an ICMP or ICMPv6 message relates to a flow. */
enum sw_icmp_kind {
	SW_ICMP_REQUEST, /* echo, timestamp, mask request: opens */
	SW_ICMP_REPLY,	 /* answers one */
	SW_ICMP_ERROR,	 /* quotes a packet of another flow */
	SW_ICMP_LOCAL,	 /* neighbour discovery, MLD, router messages */
	SW_ICMP_OTHER,
};

struct sw_icmp_message {
	uint8_t kind; /* enum sw_icmp_kind */
	uint8_t type, code;
	uint16_t id;
	bool quote_valid; /* an error, and quote and quote_seq below are
			     filled */
	bool quote_has_seq;
	struct sw_endpoints quote; /* as in the quoted packet */
	uint32_t quote_seq;	   /* TCP sequence number, or SCTP verification
				      tag, quoted */
};

/* IP fragmentation (RFC 791, RFC 8200 §4.5). */
struct sw_fragment {
	bool is_fragment;
	bool more;
	uint16_t offset; /* bytes */
	uint32_t id;
	uint16_t length; /* bytes of this fragment's part */
	/* Of a first fragment: bytes of its part before the payload of the
	 * upper layer, and the length its UDP header states. */
	uint16_t headers, udp_length;
};

/* How a packet travels: interface indices, 0 = none or not known.  The
 * physical ones are ports of a bridge. */
struct sw_way {
	uint32_t in, out;
	uint32_t phys_in, phys_out;
	uint32_t mark; /* of the packet, as the kernel's rules set it */
};

/* The way of an answer: with the same mark, because no other is known. */
static inline struct sw_way
sw_way_reverse(const struct sw_way *way)
{
	return (struct sw_way){ way->out, way->in, way->phys_out, way->phys_in,
		way->mark };
}

struct sw_packet {
	struct sw_endpoints ends;
	uint32_t length; /* of the IP datagram, header included, bytes */
	union {
		struct sw_way way;
		struct {
			uint32_t in, out, phys_in, phys_out, mark;
		};
	};
	uint8_t malformed; /* enum sw_parse; 0 = SW_PARSE_OK */
	uint8_t ttl;
	uint16_t copied; /* bytes in the copy, if malformed is SW_PARSE_COPY */
	bool local;	 /* from or to this host */
	/* The datagram as it came, as far as it was copied, while it is
	 * decided; NULL: it cannot be quoted.  The parser leaves it NULL. */
	uint16_t n_bytes;
	const uint8_t *bytes;
	struct sw_fragment fragment;
	/* Of the upper header; zeros in a fragment with an offset. */
	union {
		struct sw_tcp_segment tcp;   /* ends.proto == IPPROTO_TCP */
		struct sw_sctp_packet sctp;  /* IPPROTO_SCTP */
		struct sw_icmp_message icmp; /* ICMP or ICMPv6 */
	};
};

/* Outcome of parsing.  Text: sw_packet_parse_text(). */
#define SW_PARSE_MAP(X)                                                  \
	X(OK, "ok")                                                      \
	X(CUT, "cut short")                                              \
	X(VERSION, "IP version is neither 4 nor 6")                      \
	X(HEADER_LENGTH, "IP header length below 20")                    \
	X(TOTAL_LENGTH, "IP total length below the header's")            \
	X(EXTENSIONS, "more than 8 IPv6 extension headers")              \
	X(EXTENSION_ORDER, "hop-by-hop options not first")               \
	X(FRAGMENT_TWICE, "two fragment headers")                        \
	X(FRAGMENT_LENGTH, "fragment empty, uneven or past 65535 bytes") \
	X(TCP_OFFSET, "TCP header length below 20 or past the segment")  \
	X(UDP_LENGTH, "UDP length below 8 or past the datagram")         \
	X(ICMP_LENGTH, "ICMP message below 8 bytes")                     \
	X(SCTP_CHUNK, "SCTP chunk too short, or past the packet")        \
	X(SCTP_BUNDLE, "SCTP chunks that must not share a packet")       \
	X(SCTP_TAG, "SCTP tag that must be zero is not, or the reverse") \
	X(COPY, "our copy ends before the headers do")                   \
	/* Found by engine/table/fragment.h, not by the parser: */       \
	X(FRAGMENT_ORPHAN, "fragment whose first was not seen")          \
	X(FRAGMENT_REPEAT, "fragment that came before")                  \
	X(FRAGMENT_OVERLAP, "fragments that overlap")                    \
	X(FRAGMENT_ENDLESS, "too many fragments, or one past the end")   \
	X(FRAGMENT_HEADERS, "first fragment with over 256 header bytes") \
	X(FRAGMENT_ROOM, "too many datagrams wait for fragments")

enum sw_parse {
#define X(name, text) SW_PARSE_##name,
	SW_PARSE_MAP(X)
#undef X
	    SW_PARSE_COUNT
};

/*
 * Reads one IP datagram.
 *
 * bytes, captured: the available bytes and their number.  stated: the true
 * length of the datagram if bytes are a truncated copy or the IP length field
 * is 0 (segmentation offload); 0 if not known.  Only the headers must be within
 * captured; a cut payload is no error.  If some TCP options are missing, the
 * others count, and a SYN is assumed to use the largest window scale.  If more
 * is missing, the error is SW_PARSE_COPY: the copy is at fault, not the packet.
 *
 * => fills *packet whatever the outcome, as far as it was read (its way and
 *    local are left to the caller: zeros, false); packet->malformed holds
 *    the outcome returned.
 */
enum sw_parse sw_packet_parse(const uint8_t *bytes, size_t captured,
    uint32_t stated, struct sw_packet *packet);

/*
 * Builds the datagram of this first fragment, once all fragments have arrived.
 * upper: sum of the bytes of their parts.
 * => whole is what the parser would have read; whole->malformed says whether
 *    its UDP length is right
 */
void sw_packet_join(
    const struct sw_packet *first, uint32_t upper, struct sw_packet *whole);

/* "cut short" for SW_PARSE_CUT; never NULL. */
const char *sw_packet_parse_text(enum sw_parse outcome);

/* The kind of a flag byte. */
enum sw_tcp_kind sw_tcp_kind(uint8_t flags);

/* Does it hold this chunk? */
static inline bool
sw_sctp_has(const struct sw_sctp_packet *sctp, enum sw_sctp_chunk chunk)
{
	return sctp->chunks >> chunk & 1;
}

/* Is it a HEARTBEAT and nothing else?  Padding may follow it (RFC 4820). */
static inline bool
sw_sctp_probes(const struct sw_sctp_packet *sctp)
{
	return (sctp->chunks & ~(1u << SW_SCTP_OTHER)) ==
	       1u << SW_SCTP_HEARTBEAT;
}

/*
 * May this packet begin a flow?  TCP: an opening SYN.  SCTP: INIT, or
 * HEARTBEAT, which probes a further pair of addresses.  ICMP: a request.
 * Anything else that is no ICMP error or reply: yes.
 */
bool sw_packet_opens(const struct sw_packet *packet);

/* Is this segment a SYN without ACK, whatever other flags it has?  Some hosts
 * treat a SYN with FIN as a SYN. */
static inline bool
sw_segment_calls(const struct sw_tcp_segment *segment)
{
	return (segment->flags & (SW_SYN | SW_ACK)) == SW_SYN;
}

/* The protocols with ports: their header begins with them. */
#define SW_PROTO_WITH_PORTS 5
extern const uint8_t sw_proto_with_ports[SW_PROTO_WITH_PORTS];
bool sw_proto_has_ports(uint8_t proto);

/* Is it ICMP of either family? */
bool sw_proto_is_icmp(uint8_t proto);

/* The identifier in the ends of an ICMP request or reply, 0 in those of another
 * message.  For a reply whose identifier is also the number of a type: the type
 * of its request. */
uint16_t sw_packet_icmp_id(const struct sw_endpoints *ends);

/* Swaps source and destination. */
struct sw_endpoints
sw_packet_endpoints_reverse(const struct sw_endpoints *ends);
bool sw_packet_endpoints_equal(
    const struct sw_endpoints *a, const struct sw_endpoints *b);

#endif
