/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_cover: rules that can never match, against a search that tries
 * every packet.
 *
 * Rules are drawn over a world so small that all of its packets can be put
 * to the compiled policy.  A rule that none of them reaches must be refused
 * by the loader, and no other.  In every second world there are exceptions,
 * ranges, sets and patterns, too.  A rule may then be covered by several
 * others by their differences on several axes at once, which the loader does
 * not look for: few may be missed, and none may be refused in error.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

#include "conf/conf.h"
#include "draw.h"
#include "runner.h"

enum {
	RULES = 7,
	WORLDS = 600,
	TEXT_MAX = 8192,
};

/* Networks of a rule, and one address in each part they can tell apart. */
static const char *const nets[] = { "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9",
	"10.128.0.0/10", "0.0.0.0/0", "fd00::/8", "fd00::/9", "fd80::/9",
	"::/0", "10.0.0.0-10.191.255.255", "!10.128.0.0/9", "!fd80::/9",
	"!10.128.0.0-10.191.255.255", "@both", "@low", "!@low", "@not" };
static const char sets[] =
    "set \"both\" { addresses = { fd00::/8, 10.0.0.0/8 } }\n"
    "set \"low\" { addresses = { 10.0.0.0/8, !10.128.0.0/9 } }\n"
    "set \"not\" { addresses = { !10.128.0.0/9 } }\n";
static const char *const hosts[] = { "9.0.0.1", "10.0.0.1", "10.128.0.1",
	"10.192.0.1", "fd00::1", "fd80::1", "2001:db8::1" };
static const char *const ports[] = { "80", "1-79", "80-90", "91-65535",
	"0-65535", "85", "!80", "!0-90" };
static const char *const source_ports[] = { "53", "!53", "0-52" };
static const uint16_t source_samples[] = { 0, 53, 54 };
static const uint16_t port_samples[] = { 0, 1, 80, 82, 85, 88, 91 };
static const char *const protocols[] = { "any", "tcp", "udp", "icmp", "icmpv6",
	"gre" };
static const uint8_t protocol_samples[] = { 1, 2, 6, 17, 33, 47, 58, 132, 136 };
static const char *const interfaces[] = { "eth1", "eth2", "'eth*'", "'!eth1'" };
static const struct sw_iface links[] = { { "eth1", 1, false, 0 },
	{ "eth2", 2, false, 0 }, { "eth3", 3, false, 0 },
	{ "lo", 4, false, 0 } };

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

struct pen {
	uint64_t seed;
	bool rich; /* with exceptions, ranges, sets and patterns */
	unsigned missed;
	char text[TEXT_MAX];
	size_t used;
};

static uint32_t
below(struct pen *pen, size_t n)
{
	return (uint32_t)((draw(&pen->seed) >> 32) % n);
}

static void __attribute__((format(printf, 2, 3)))
put(struct pen *pen, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	pen->used += (size_t)vsnprintf(
	    pen->text + pen->used, TEXT_MAX - pen->used, format, ap);
	va_end(ap);
	ck_assert_uint_lt(pen->used, TEXT_MAX);
}

static void
put_list(struct pen *pen, const char *key, const char *const list[], size_t n)
{
	if (below(pen, 3) == 0)
		return;
	put(pen, " %s = { %s", key, list[below(pen, n)]);
	if (below(pen, 2) == 0)
		put(pen, ", %s", list[below(pen, n)]);
	put(pen, " }");
}

static bool
family_fits(const char *line)
{
	struct sw_conf_errors errors;
	char text[TEXT_MAX];
	struct sw_conf *conf;

	snprintf(text, sizeof text, "%s%s", sets, line);
	conf = sw_conf_parse(text, "fits", &errors);
	sw_conf_errors_free(&errors);
	sw_conf_free(conf);
	return conf != NULL;
}

/* The number of items to draw from; the last ones are for rich worlds. */
static size_t
rich(const struct pen *pen, size_t all, size_t plain)
{
	return pen->rich ? all : plain;
}

/* A rule the loader takes when it stands alone. */
static void
put_rule(struct pen *pen, unsigned number)
{
	size_t begin = pen->used;

	do {
		pen->used = begin;
		put(pen, "rule \"r%u\" {", number);
		put_list(pen, "protocol", protocols, COUNT(protocols));
		put_list(pen, "from", nets, rich(pen, COUNT(nets), 9));
		put_list(pen, "to", nets, rich(pen, COUNT(nets), 9));
		put_list(pen, "port", ports, rich(pen, COUNT(ports), 6));
		if (pen->rich && below(pen, 4) == 0)
			put_list(pen, "source-port", source_ports,
			    COUNT(source_ports));
		put_list(
		    pen, "in", interfaces, rich(pen, COUNT(interfaces), 2));
		put(pen, " }\n");
	} while (!family_fits(pen->text + begin));
}

static struct sw_addr
address(const char *text, uint8_t *family)
{
	struct sw_addr addr = { { 0 } };

	*family = strchr(text, ':') != NULL ? SW_IPV6 : SW_IPV4;
	ck_assert_int_eq(
	    inet_pton(*family == SW_IPV6 ? AF_INET6 : AF_INET, text, addr.b),
	    1);
	return addr;
}

static void
meet_ways(const struct sw_policy *policy, const struct sw_endpoints *ends,
    bool met[RULES + 1])
{
	for (uint32_t in = 0; in <= COUNT(links); in++) {
		struct sw_way way = { .in = in };

		met[sw_policy_match(policy, ends, &way)] = true;
	}
}

/* Puts all packets between two hosts to the policy. */
static void
meet_all(const struct sw_policy *policy, const char *from, const char *to,
    bool met[RULES + 1])
{
	uint8_t family, other;
	struct sw_endpoints ends = { .src = address(from, &family),
		.dst = address(to, &other) };

	if (family != other)
		return;
	ends.family = family;
	for (size_t p = 0; p < COUNT(protocol_samples); p++)
		for (size_t d = 0; d < COUNT(port_samples); d++)
			for (size_t s = 0; s < COUNT(source_samples); s++) {
				ends.proto = protocol_samples[p];
				ends.dport = port_samples[d];
				ends.sport = source_samples[s];
				meet_ways(policy, &ends, met);
			}
}

/* The policy of the rules by themselves, as if the loader had no say. */
static struct sw_policy *
compile(struct sw_conf *parts[RULES])
{
	struct sw_conf_rule rules[RULES];
	struct sw_conf whole = { .rules = rules,
		.n_rules = RULES,
		.sets = parts[0]->sets,
		.n_sets = parts[0]->n_sets };

	for (unsigned i = 0; i < RULES; i++) {
		rules[i] = parts[i]->rules[0];
		rules[i].rule.slot = (uint16_t)(i + 1);
	}
	return sw_conf_compile_policy(&whole, links, COUNT(links));
}

static bool
said(const struct sw_conf_errors *errors, unsigned number)
{
	char words[64];

	snprintf(words, sizeof words, "rule \"r%u\" can never match", number);
	for (size_t i = 0; i < errors->n; i++)
		if (strstr(errors->list[i].text, words) != NULL)
			return true;
	return false;
}

static unsigned
try_world(struct pen *pen)
{
	struct sw_conf *parts[RULES], *conf;
	struct sw_conf_errors errors;
	struct sw_policy *policy;
	bool met[RULES + 1] = { false };
	unsigned hidden = 0;

	pen->used = 0;
	put(pen, "%s", sets);
	for (unsigned i = 0; i < RULES; i++) {
		size_t begin = pen->used;
		char text[TEXT_MAX];

		put_rule(pen, i);
		snprintf(text, sizeof text, "%s%s", sets, pen->text + begin);
		parts[i] = sw_conf_parse(text, "part", &errors);
		ck_assert_ptr_nonnull(parts[i]);
	}
	policy = compile(parts);
	ck_assert_ptr_nonnull(policy);
	for (size_t i = 0; i < COUNT(hosts); i++)
		for (size_t k = 0; k < COUNT(hosts); k++)
			meet_all(policy, hosts[i], hosts[k], met);
	conf = sw_conf_parse(pen->text, "world", &errors);
	for (unsigned i = 0; i < RULES; i++) {
		bool told = said(&errors, i);

		ck_assert_msg(told == !met[i + 1] || (pen->rich && !told),
		    "r%u is %s, but the loader says otherwise:\n%s", i,
		    met[i + 1] ? "reached" : "never reached", pen->text);
		hidden += told;
		pen->missed += !told && !met[i + 1];
	}
	ck_assert_uint_eq(errors.n, hidden);
	ck_assert_int_eq(conf != NULL, hidden == 0);
	sw_conf_errors_free(&errors);
	sw_conf_free(conf);
	sw_policy_destroy(policy);
	for (unsigned i = 0; i < RULES; i++)
		sw_conf_free(parts[i]);
	return hidden;
}

START_TEST(never_matching)
{
	struct pen pen = { .seed = UINT64_C(0x2545f4914f6cdd1d) };
	unsigned hidden = 0;

	for (unsigned i = 0; i < WORLDS; i++) {
		pen.rich = i % 2 > 0;
		hidden += try_world(&pen);
	}
	ck_assert_uint_lt(pen.missed, hidden / 20);
	/* Both answers must have been tried often. */
	ck_assert_uint_gt(hidden, WORLDS / 2);
	ck_assert_uint_lt(hidden, WORLDS * (RULES - 1));
}
END_TEST

static const struct {
	const char *text;
	const char *covered; /* "NAME by NAME", or NULL */
} examples[] = {
	{ "rule \"a\" {} rule \"b\" {}", "b by a" },
	{ "rule \"a\" { to = { 10.0.0.0/9, 10.128.0.0/9 } } "
	  "rule \"b\" { to = 10.0.0.0/8 }",
	    "b by a" },
	{ "rule \"a\" { to = 0.0.0.0/0 } rule \"b\" { from = 10.0.0.0/8 }",
	    "b by a" },
	{ "rule \"a\" { to = 0.0.0.0/1 } rule \"b\" { to = 128.0.0.0/1 } "
	  "rule \"c\" { to = ::/0 } rule \"d\" { port = 1 }",
	    "d up to c" },
	{ "rule \"a\" { port = 0-1023 } rule \"b\" { port = 1024-65535 } "
	  "rule \"c\" { protocol = tcp }",
	    "c up to b" },
	{ "rule \"a\" { port = 0-1023 } rule \"b\" { port = 1024-65535 } "
	  "rule \"c\" { protocol = esp }",
	    NULL },
	{ "rule \"a\" { in = eth1 } rule \"b\" { in = eth2 } "
	  "rule \"c\" { in = { eth2, eth1 } port = 80 }",
	    "c up to b" },
	{ "rule \"a\" { in = eth1 } rule \"b\" { in = eth2 } "
	  "rule \"c\" { in = { eth2, eth3 } port = 80 }",
	    NULL },
	{ "rule \"a\" { in = eth1 } rule \"b\" { out = eth1 } "
	  "rule \"c\" {}",
	    NULL },
	{ "rule \"a\" { protocol = icmpv4 } rule \"b\" { protocol = icmpv6 } "
	  "rule \"c\" { protocol = icmp }",
	    "c up to b" },
	{ "rule \"a\" { to = ff00::/8 } rule \"b\" { to = ffff::/16 }",
	    "b by a" },
	{ "rule \"a\" { protocol = { tcp, udp } } rule \"b\" { protocol = udp "
	  "}",
	    "b by a" },
	{ "rule \"a\" { protocol = { tcp, udp } } rule \"b\" {}", NULL },
	{ "set \"s\" { addresses = 10.0.0.0/8 } rule \"a\" { to = @s } "
	  "rule \"b\" { to = 10.1.0.0/16 }",
	    "b by a" },
	{ "set \"s\" { addresses = 10.0.0.0/8 } "
	  "rule \"a\" { to = { @s, !10.1.0.9 } } "
	  "rule \"b\" { to = 10.1.0.0/16 }",
	    NULL },
	{ "set \"s\" { addresses = { 10.0.0.0/8, fd00::/8 } } "
	  "rule \"a\" { to = { @s, !10.1.0.9 } } "
	  "rule \"b\" { to = 10.1.0.9 } rule \"c\" { to = { @s } port = 1 }",
	    "c up to b" },
	{ "rule \"a\" { to = 10.0.0.1-10.0.0.9 } "
	  "rule \"b\" { to = { 10.0.0.2, 10.0.0.4-10.0.0.9 } }",
	    "b by a" },
	{ "rule \"a\" { port = !22 } rule \"b\" { port = 23-65535 }",
	    "b by a" },
	{ "rule \"a\" { port = !22 } rule \"b\" { port = 20-25 }", NULL },
	{ "rule \"a\" { in = 'ppp*' } rule \"b\" { in = { ppp0, 'ppp1*' } }",
	    "b by a" },
	{ "rule \"a\" { in = '!wg0' } rule \"b\" { in = { 'w*' } }", NULL },
	{ "rule \"a\" { in = '!wg0' } rule \"b\" { in = wg0 } "
	  "rule \"c\" { protocol = tcp }",
	    "c up to b" },
	{ "rule \"a\" { from = 10.0.0.0/24 } rule \"b\" { from = 10.0.2.0/24 } "
	  "rule \"c\" { from = 10.0.0.0/22 }",
	    NULL },
};

/* What people write. */
START_TEST(examples_are_told)
{
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_parse(examples[_i].text, "t", &errors);
	const char *covered = examples[_i].covered;
	char late[64], early[64];

	ck_assert_uint_eq(errors.n, covered != NULL);
	ck_assert_int_eq(conf != NULL, covered == NULL);
	if (covered != NULL) {
		snprintf(late, sizeof late, "rule \"%c\" can never match",
		    covered[0]);
		snprintf(early, sizeof early,
		    strstr(covered, "by") != NULL
			? "rule \"%c\" in t:1 matches everything"
			: "up to \"%c\" in t:1, together match",
		    covered[strlen(covered) - 1]);
		ck_assert_ptr_nonnull(strstr(errors.list[0].text, late));
		ck_assert_ptr_nonnull(strstr(errors.list[0].text, early));
	}
	sw_conf_errors_free(&errors);
	sw_conf_free(conf);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("cover");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, never_matching);
	tcase_add_loop_test(tcase, examples_are_told, 0, COUNT(examples));
	return run_case("cover", tcase);
}
