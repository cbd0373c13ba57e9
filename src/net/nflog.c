/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel gathers several packets in one message, for SW_NFLOG_DELAY_MS at
 * most.  It numbers them, so a gap in the numbers says how many were lost, be
 * it in the kernel or because the socket's buffer was full.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/netlink.h"
#include "net/nflog.h"

enum {
	BUFFER = 65536,	   /* bytes of one message from the kernel */
	SOCKET = 16 << 20, /* bytes of the socket's buffer */
	THRESHOLD = 64,	   /* packets in one message */
	REQUEST = 256,
};

struct sw_nflog {
	int fd;
	const struct nlmsghdr *next; /* in buffer */
	int left;		     /* bytes from there on */
	bool began;
	uint32_t sequence; /* of the next packet, once it began */
	uint64_t lost;
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
};

/* --- the socket ------------------------------------------------------------ */

static struct nlmsghdr *
begin_request(char request[REQUEST], uint16_t group)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct nfgenmsg *header;

	nlh->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	header = mnl_nlmsg_put_extra_header(nlh, sizeof *header);
	header->nfgen_family = AF_UNSPEC;
	header->version = NFNETLINK_V0;
	header->res_id = htons(group);
	return nlh;
}

/* => 0 or -errno, as the kernel answers */
static int
ask(struct mnl_socket *socket, const struct nlmsghdr *nlh)
{
	_Alignas(struct nlmsghdr) char answer[4096];
	ssize_t n;

	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do
		n = mnl_socket_recvfrom(socket, answer, sizeof answer);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	n = mnl_cb_run(answer, (size_t)n, nlh->nlmsg_seq,
	    mnl_socket_get_portid(socket), NULL, NULL);
	return n < 0 ? -errno : 0;
}

static int
bind_group(struct mnl_socket *socket, uint16_t group)
{
	struct nfulnl_msg_config_cmd bind = { NFULNL_CFG_CMD_BIND };
	char request[REQUEST];
	struct nlmsghdr *nlh = begin_request(request, group);

	mnl_attr_put(nlh, NFULA_CFG_CMD, sizeof bind, &bind);
	return ask(socket, nlh);
}

/* The copy mode comes last: packets are logged from then on. */
static int
begin_copying(struct mnl_socket *socket, uint16_t group)
{
	struct nfulnl_msg_config_mode mode = { .copy_range =
						   htonl(SW_NFLOG_COPY),
		.copy_mode = NFULNL_COPY_PACKET };
	char request[REQUEST];
	struct nlmsghdr *nlh = begin_request(request, group);

	mnl_attr_put_u32(nlh, NFULA_CFG_TIMEOUT, htonl(SW_NFLOG_DELAY_MS / 10));
	mnl_attr_put_u32(nlh, NFULA_CFG_QTHRESH, htonl(THRESHOLD));
	mnl_attr_put_u32(nlh, NFULA_CFG_NLBUFSIZ, htonl(BUFFER / 2));
	mnl_attr_put_u16(nlh, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	mnl_attr_put(nlh, NFULA_CFG_MODE, sizeof mode, &mode);
	return ask(socket, nlh);
}

/* The kernel refuses a group of another program as it refuses who lacks the
 * capability.  So another group shows which of the two it is; it is released
 * with the socket. */
static int
bind_or_explain(struct mnl_socket *socket, uint16_t group)
{
	int error = bind_group(socket, group);

	if (error != -EPERM)
		return error;
	for (uint16_t other = UINT16_MAX; other > UINT16_MAX - 8; other--)
		if (other != group && bind_group(socket, other) == 0)
			return -EBUSY;
	return -EPERM;
}

int
sw_nflog_socket(uint16_t group)
{
	struct mnl_socket *socket =
	    mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int fd, size = SOCKET, error;

	if (socket == NULL)
		return -errno;
	fd = mnl_socket_get_fd(socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	error = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (error == 0)
		error = bind_or_explain(socket, group);
	if (error == 0)
		error = begin_copying(socket, group);
	if (error == 0)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (error == 0 && fd < 0)
		error = -errno;
	mnl_socket_close(socket);
	return error == 0 ? fd : error;
}

bool
sw_nflog_is(int fd)
{
	socklen_t size = sizeof(int);
	int value;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 &&
	       value == AF_NETLINK &&
	       getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &size) == 0 &&
	       value == NETLINK_NETFILTER;
}

int
sw_nflog_open(struct sw_nflog **nflog, int fd)
{
	struct sw_nflog *made = calloc(1, sizeof *made);

	if (made == NULL) {
		close(fd);
		return -ENOMEM;
	}
	made->fd = fd;
	*nflog = made;
	return 0;
}

void
sw_nflog_close(struct sw_nflog *nflog)
{
	if (nflog == NULL)
		return;
	close(nflog->fd);
	free(nflog);
}

int
sw_nflog_fd(const struct sw_nflog *nflog)
{
	return nflog->fd;
}

uint64_t
sw_nflog_lost(const struct sw_nflog *nflog)
{
	return nflog->lost;
}

/* --- messages -------------------------------------------------------------- */

static uint32_t
read_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == sizeof(uint32_t)
		   ? ntohl(mnl_attr_get_u32(attr))
		   : 0;
}

/* A rule's author, or who could make one write it, chose these bytes. */
static void
read_prefix(const struct nlattr *attr, char prefix[SW_NFLOG_PREFIX])
{
	const char *text = mnl_attr_get_payload(attr);
	size_t n = strnlen(text, mnl_attr_get_payload_len(attr));

	if (n > SW_NFLOG_PREFIX - 1)
		n = SW_NFLOG_PREFIX - 1;
	while (n > 0 && strchr(" :", text[n - 1]) != NULL)
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		prefix[i] =
		    c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : (char)c;
	}
	prefix[n] = '\0';
}

static void
read_header(const struct nlattr *attr, struct sw_nflog_packet *packet)
{
	const struct nfulnl_msg_packet_hdr *header = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) >= sizeof *header)
		packet->local = header->hook == NF_INET_LOCAL_IN ||
				header->hook == NF_INET_LOCAL_OUT;
}

static void
read_attribute(const struct nlattr *attr, struct sw_nflog_packet *packet)
{
	switch (mnl_attr_get_type(attr)) {
	case NFULA_PACKET_HDR:
		read_header(attr, packet);
		break;
	case NFULA_MARK:
		packet->mark = read_u32(attr);
		break;
	case NFULA_IFINDEX_INDEV:
		packet->in = read_u32(attr);
		break;
	case NFULA_IFINDEX_OUTDEV:
		packet->out = read_u32(attr);
		break;
	case NFULA_IFINDEX_PHYSINDEV:
		packet->phys_in = read_u32(attr);
		break;
	case NFULA_IFINDEX_PHYSOUTDEV:
		packet->phys_out = read_u32(attr);
		break;
	case NFULA_SEQ:
		packet->has_sequence =
		    mnl_attr_get_payload_len(attr) == sizeof(uint32_t);
		packet->sequence = read_u32(attr);
		break;
	case NFULA_PREFIX:
		read_prefix(attr, packet->prefix);
		break;
	case NFULA_PAYLOAD:
		packet->bytes = mnl_attr_get_payload(attr);
		packet->captured = mnl_attr_get_payload_len(attr);
		break;
	}
}

/* Attributes are read up to the exact end of the message, because the payload
 * may come last and is not padded then. */
bool
sw_nflog_read(const struct nlmsghdr *nlh, struct sw_nflog_packet *packet)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *attr;

	*packet = (struct sw_nflog_packet){ 0 };
	if (nlh->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct nfgenmsg))
		return false;
	attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct nfgenmsg));
	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		read_attribute(attr, packet);
		attr = mnl_attr_next(attr);
	}
	return packet->bytes != NULL;
}

static void
count(struct sw_nflog *nflog, const struct sw_nflog_packet *packet)
{
	if (!packet->has_sequence)
		return;
	if (nflog->began)
		nflog->lost += packet->sequence - nflog->sequence;
	nflog->began = true;
	nflog->sequence = packet->sequence + 1;
}

/* => false when nothing is there */
static bool
refill(struct sw_nflog *nflog)
{
	ssize_t n;

	do
		n = recv(nflog->fd, nflog->buffer, sizeof nflog->buffer,
		    MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ENOBUFS));
	nflog->next = (const struct nlmsghdr *)(const void *)nflog->buffer;
	nflog->left = n > 0 ? (int)n : 0;
	return n > 0;
}

size_t
sw_nflog_receive(
    struct sw_nflog *nflog, struct sw_nflog_packet packets[SW_NFLOG_BATCH])
{
	size_t n = 0;

	if (!sw_netlink_ok(nflog->next, nflog->left) && !refill(nflog))
		return 0;
	while (n < SW_NFLOG_BATCH && sw_netlink_ok(nflog->next, nflog->left)) {
		if (sw_nflog_read(nflog->next, &packets[n]))
			count(nflog, &packets[n++]);
		nflog->next = mnl_nlmsg_next(nflog->next, &nflog->left);
	}
	return n;
}
