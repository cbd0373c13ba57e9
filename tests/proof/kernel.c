/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel between two TUN devices.
 *
 * 10.0.0.0/16 is behind device 0, 10.1.0.0/16 behind device 1.  A packet
 * written to a TUN device runs through the kernel's forwarding path before
 * write() returns, so the other device is read once, without waiting.
 */

#include "kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How long a busy machine may keep a datagram inside. */
#define LATE_MS 100
#define ROUNDING 2u /* seconds */

struct kernel {
	int tun[2];
	struct mnl_socket *netlink;
	unsigned port, sequence;
	uint32_t put; /* seconds an entry was last given, or 0 */
	bool ip6;
	uint8_t buffer[1 << 16];
};

static bool
complain(const char *what)
{
	fprintf(stderr, "proof: %s: %s\n", what, strerror(errno));
	return false;
}

static bool
set_sysctl(const char *name, uint32_t value)
{
	char path[256];
	FILE *file;
	bool done;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	file = fopen(path, "w");
	if (!file)
		return complain(path);
	done = fprintf(file, "%u\n", value) > 0;
	return (fclose(file) == 0 && done) || complain(path);
}

static int
open_tun(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
		complain("TUN device");
		return -1;
	}
	return fd;
}

static bool
run(const char *command)
{
	if (system(command) == 0)
		return true;
	fprintf(stderr, "proof: failed: %s\n", command);
	return false;
}

static bool
lay_network(struct kernel *kernel)
{
	if (unshare(CLONE_NEWNET) != 0)
		return complain("a network namespace of its own");
	for (int i = 0; i < 2; i++) {
		kernel->tun[i] = open_tun(i ? "proof1" : "proof0");
		if (kernel->tun[i] < 0)
			return false;
	}
	return run("ip link set proof0 mtu 65535 up && "
		   "ip link set proof1 mtu 65535 up && "
		   "ip address add 10.0.255.254/16 dev proof0 && "
		   "ip address add 10.1.255.254/16 dev proof1 && "
		   "iptables -A FORWARD -m conntrack --ctstate INVALID "
		   "-j DROP") &&
	       set_sysctl("ipv4/ip_forward", 1);
}

/* => false, and nothing is said, when this kernel has no IPv6 */
static bool
lay_network6(uint32_t icmp_timeout)
{
	return set_sysctl(
		   "netfilter/nf_conntrack_icmpv6_timeout", icmp_timeout) &&
	       system("ip address add fd00:a::ffff/64 dev proof0 nodad && "
		      "ip address add fd00:b::ffff/64 dev proof1 nodad && "
		      "ip6tables -A FORWARD -m conntrack --ctstate INVALID "
		      "-j DROP && "
		      "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding") == 0;
}

bool
kernel_has_ip6(const struct kernel *kernel)
{
	return kernel->ip6;
}

static bool
set_timeouts(const struct sw_timeouts *timeouts, int32_t margin)
{
	static const struct {
		enum sw_timeout timeout;
		const char *name;
	} names[] = {
		{ SW_TIMEOUT_SYN_SENT, "tcp_timeout_syn_sent" },
		{ SW_TIMEOUT_SYN_RECV, "tcp_timeout_syn_recv" },
		{ SW_TIMEOUT_ESTABLISHED, "tcp_timeout_established" },
		{ SW_TIMEOUT_FIN_WAIT, "tcp_timeout_fin_wait" },
		{ SW_TIMEOUT_CLOSE_WAIT, "tcp_timeout_close_wait" },
		{ SW_TIMEOUT_LAST_ACK, "tcp_timeout_last_ack" },
		{ SW_TIMEOUT_TIME_WAIT, "tcp_timeout_time_wait" },
		{ SW_TIMEOUT_CLOSE, "tcp_timeout_close" },
		{ SW_TIMEOUT_UNREPLIED_UDP, "udp_timeout" },
		{ SW_TIMEOUT_UDP, "udp_timeout_stream" },
		{ SW_TIMEOUT_ICMP, "icmp_timeout" },
		{ SW_TIMEOUT_OTHER, "generic_timeout" },
		{ SW_TIMEOUT_SCTP_CLOSED, "sctp_timeout_closed" },
		{ SW_TIMEOUT_SCTP_COOKIE_WAIT, "sctp_timeout_cookie_wait" },
		{ SW_TIMEOUT_SCTP_COOKIE_ECHOED, "sctp_timeout_cookie_echoed" },
		{ SW_TIMEOUT_SCTP_ESTABLISHED, "sctp_timeout_established" },
		{ SW_TIMEOUT_SCTP_SHUTDOWN_SENT, "sctp_timeout_shutdown_sent" },
		{ SW_TIMEOUT_SCTP_SHUTDOWN_RECD, "sctp_timeout_shutdown_recd" },
		{ SW_TIMEOUT_SCTP_SHUTDOWN_ACK_SENT,
		    "sctp_timeout_shutdown_ack_sent" },
		{ SW_TIMEOUT_SCTP_HEARTBEAT_SENT,
		    "sctp_timeout_heartbeat_sent" },
	};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "netfilter/nf_conntrack_%s",
		    names[i].name);
		if (!set_sysctl(path,
			timeouts->seconds[names[i].timeout] - (uint32_t)margin))
			return false;
	}
	return set_sysctl("netfilter/nf_conntrack_tcp_timeout_unacknowledged",
		   300u - (uint32_t)margin) &&
	       set_sysctl("netfilter/nf_conntrack_tcp_timeout_max_retrans",
		   300u - (uint32_t)margin);
}

struct kernel *
kernel_open(const struct kernel_ways *ways, const struct sw_timeouts *timeouts,
    int32_t margin)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->tun[0] = kernel->tun[1] = -1;
	if (!lay_network(kernel) || !set_timeouts(timeouts, margin) ||
	    !set_sysctl("netfilter/nf_conntrack_tcp_loose", ways->loose) ||
	    !set_sysctl("netfilter/nf_conntrack_tcp_be_liberal", ways->liberal))
		goto failed;
	kernel->netlink = mnl_socket_open(NETLINK_NETFILTER);
	if (!kernel->netlink ||
	    mnl_socket_bind(kernel->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		complain("ctnetlink");
		goto failed;
	}
	kernel->ip6 =
	    lay_network6(timeouts->seconds[SW_TIMEOUT_ICMP] - (uint32_t)margin);
	kernel->port = mnl_socket_get_portid(kernel->netlink);
	return kernel;
failed:
	kernel_close(kernel);
	return NULL;
}

void
kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	for (int i = 0; i < 2; i++)
		if (kernel->tun[i] >= 0)
			close(kernel->tun[i]);
	if (kernel->netlink)
		mnl_socket_close(kernel->netlink);
	free(kernel);
}

/* Is it the datagram that was sent in?  The kernel lowers the TTL and mends
 * the checksum; addresses, ports and numbers stay. */
static bool
same(const uint8_t *in, const uint8_t *out, size_t length)
{
	size_t ttl = in[0] >> 4 == 6 ? 7 : 8;
	size_t rest = in[0] >> 4 == 6 ? 8 : 12;

	return !memcmp(in, out, ttl) &&
	       !memcmp(in + rest, out + rest, length - rest);
}

/* Takes all that came out.  => this was among it */
static bool
came_out(
    struct kernel *kernel, unsigned device, const uint8_t *bytes, size_t length)
{
	bool did = false;
	ssize_t n;

	while ((n = read(kernel->tun[device], kernel->buffer,
		    sizeof(kernel->buffer))) > 0)
		did |=
		    (size_t)n == length && same(bytes, kernel->buffer, length);
	return did;
}

bool
kernel_step(
    struct kernel *kernel, unsigned device, const uint8_t *bytes, size_t length)
{
	if (write(kernel->tun[device], bytes, length) != (ssize_t)length) {
		complain("writing to the TUN device");
		abort();
	}
	return came_out(kernel, !device, bytes, length);
}

bool
kernel_late(
    struct kernel *kernel, unsigned device, const uint8_t *bytes, size_t length)
{
	struct pollfd fd = { .fd = kernel->tun[!device], .events = POLLIN };

	while (poll(&fd, 1, LATE_MS) > 0)
		if (came_out(kernel, !device, bytes, length))
			return true;
	return false;
}

static struct nlmsghdr *
begin_message(struct kernel *kernel, uint8_t *buffer, uint8_t family,
    uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *generic;

	header->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++kernel->sequence;
	generic = mnl_nlmsg_put_extra_header(header, sizeof(*generic));
	generic->nfgen_family = family == SW_IPV6 ? AF_INET6 : AF_INET;
	generic->version = NFNETLINK_V0;
	return header;
}

/* Sends, and gives every answer to the callback.  => false on an error
 * answer, which errno then names */
static bool
ask(struct kernel *kernel, const struct nlmsghdr *header, mnl_cb_t callback,
    void *context)
{
	unsigned sequence = header->nlmsg_seq;
	int more = 1;

	if (mnl_socket_sendto(kernel->netlink, header, header->nlmsg_len) < 0)
		return false;
	while (more > 0) {
		ssize_t n = mnl_socket_recvfrom(
		    kernel->netlink, kernel->buffer, sizeof(kernel->buffer));

		if (n < 0)
			return false;
		more = mnl_cb_run(kernel->buffer, (size_t)n, sequence,
		    kernel->port, callback, context);
	}
	return more == 0;
}

static int
take_entry(const struct nlmsghdr *header, void *context)
{
	struct kernel_entry *entry = context;
	const struct nlattr *attr, *inner;

	entry->exists = true;
	mnl_attr_for_each(attr, header, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case CTA_TIMEOUT:
			entry->timeout = ntohl(mnl_attr_get_u32(attr));
			break;
		case CTA_STATUS:
			entry->assured =
			    ntohl(mnl_attr_get_u32(attr)) & IPS_ASSURED;
			break;
		case CTA_PROTOINFO:
			inner = mnl_attr_get_payload(attr);
			inner = mnl_attr_get_payload(inner);
			entry->state = mnl_attr_get_u8(inner);
			break;
		}
	}
	return MNL_CB_STOP;
}

static void
put_tuple(struct nlmsghdr *header, const struct sw_endpoints *opener)
{
	struct nlattr *tuple = mnl_attr_nest_start(header, CTA_TUPLE_ORIG);
	struct nlattr *ip = mnl_attr_nest_start(header, CTA_TUPLE_IP);

	if (opener->family == SW_IPV6) {
		mnl_attr_put(header, CTA_IP_V6_SRC, 16, opener->src.b);
		mnl_attr_put(header, CTA_IP_V6_DST, 16, opener->dst.b);
	} else {
		mnl_attr_put(header, CTA_IP_V4_SRC, 4, opener->src.b);
		mnl_attr_put(header, CTA_IP_V4_DST, 4, opener->dst.b);
	}
	mnl_attr_nest_end(header, ip);
	ip = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(header, CTA_PROTO_NUM, opener->proto);
	if (opener->proto == IPPROTO_ICMPV6) {
		mnl_attr_put_u16(
		    header, CTA_PROTO_ICMPV6_ID, htons(opener->sport));
		mnl_attr_put_u8(header, CTA_PROTO_ICMPV6_TYPE, 128);
		mnl_attr_put_u8(header, CTA_PROTO_ICMPV6_CODE, 0);
	} else if (opener->proto == IPPROTO_ICMP) {
		mnl_attr_put_u16(
		    header, CTA_PROTO_ICMP_ID, htons(opener->sport));
		mnl_attr_put_u8(header, CTA_PROTO_ICMP_TYPE, 8);
		mnl_attr_put_u8(header, CTA_PROTO_ICMP_CODE, 0);
	} else {
		mnl_attr_put_u16(
		    header, CTA_PROTO_SRC_PORT, htons(opener->sport));
		mnl_attr_put_u16(
		    header, CTA_PROTO_DST_PORT, htons(opener->dport));
	}
	mnl_attr_nest_end(header, ip);
	mnl_attr_nest_end(header, tuple);
}

struct kernel_entry
kernel_find(struct kernel *kernel, const struct sw_endpoints *opener)
{
	uint8_t buffer[512];
	struct kernel_entry entry = { 0 };
	struct nlmsghdr *header =
	    begin_message(kernel, buffer, opener->family, IPCTNL_MSG_CT_GET, 0);

	put_tuple(header, opener);
	if (!ask(kernel, header, take_entry, &entry) && errno != ENOENT) {
		complain("ctnetlink get");
		abort();
	}
	return entry;
}

static void
put_state(struct nlmsghdr *header, uint8_t state)
{
	struct nlattr *info = mnl_attr_nest_start(header, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(header, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(header, CTA_PROTOINFO_TCP_STATE, state);
	mnl_attr_nest_end(header, tcp);
	mnl_attr_nest_end(header, info);
}

void
kernel_put(struct kernel *kernel, const struct sw_endpoints *opener,
    uint8_t state, uint32_t timeout)
{
	uint8_t buffer[512];
	struct nlmsghdr *header = begin_message(
	    kernel, buffer, opener->family, IPCTNL_MSG_CT_NEW, NLM_F_ACK);

	put_tuple(header, opener);
	mnl_attr_put_u32(header, CTA_TIMEOUT, htonl(timeout));
	if (opener->proto == IPPROTO_TCP)
		put_state(header, state);
	if (!ask(kernel, header, NULL, NULL)) {
		complain("ctnetlink put");
		abort();
	}
	kernel->put = timeout;
}

static void
forget(struct kernel *kernel, const struct sw_endpoints *opener)
{
	uint8_t buffer[512];
	struct nlmsghdr *header = begin_message(
	    kernel, buffer, opener->family, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);

	put_tuple(header, opener);
	if (!ask(kernel, header, NULL, NULL) && errno != ENOENT) {
		complain("ctnetlink delete");
		abort();
	}
}

void
kernel_age(
    struct kernel *kernel, const struct sw_endpoints *opener, uint32_t seconds)
{
	struct kernel_entry entry = kernel_find(kernel, opener);

	if (!entry.exists)
		return;
	/* The little that has really passed since it was put does not count:
	 * rounded down, it would be a second at every step. */
	if (kernel->put - entry.timeout <= ROUNDING)
		entry.timeout = kernel->put;
	if (entry.timeout <= seconds)
		forget(kernel, opener);
	else
		kernel_put(
		    kernel, opener, entry.state, entry.timeout - seconds);
}

void
kernel_flush(struct kernel *kernel)
{
	uint8_t buffer[512];

	if (!ask(kernel,
		begin_message(
		    kernel, buffer, SW_IPV4, IPCTNL_MSG_CT_DELETE, NLM_F_ACK),
		NULL, NULL)) {
		complain("ctnetlink flush");
		abort();
	}
	kernel->put = 0;
}
