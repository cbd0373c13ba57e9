/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_zone: named groups of interfaces whose hosts are apart from all others.
 *
 * An interface is in one zone at most, so two zones may not name the same one.
 * A packet of a VRF shows the VRF's own interface or a member of it, so the zone
 * of the one is that of the other.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "conf/zone.h"

/* Room for one more zone. */
static bool
zones_grow(struct sw_conf *conf)
{
	size_t n = conf->n_zones, room = n > 0 ? n * 2 : 1;
	struct sw_conf_zone *zones;
	struct sw_rule_origins *origins;

	if ((n & (n - 1)) != 0) /* full at powers of 2 */
		return true;
	zones = realloc(conf->zones, room * sizeof *zones);
	if (zones == NULL)
		return false;
	conf->zones = zones;
	origins = realloc(conf->origins->zones, room * sizeof *origins);
	if (origins == NULL)
		return false;
	conf->origins->zones = origins;
	return true;
}

static const struct sw_conf_zone *
find(const struct sw_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_zones; i++)
		if (strcmp(conf->zones[i].name, name) == 0)
			return &conf->zones[i];
	return NULL;
}

static void
name_zone(struct sw_conf *conf, struct sw_conf_zone *zone, const char *name,
    const struct sw_blame *blame, struct sw_conf_errors *errors)
{
	const struct sw_conf_zone *first = find(conf, name);
	struct sw_fault fault = { 0 };
	char shown[SW_SHOWN_MAX];

	if (!sw_net_read_rule_name(name, &fault)) {
		sw_conf_error_shown(name, shown);
		snprintf(zone->name, sizeof zone->name, "%.63s", shown);
		sw_conf_error_complain(errors, blame,
		    "zone \"%s\": %s; write %s", shown, fault.why, fault.write);
		return;
	}
	strcpy(zone->name, name);
	if (first != NULL)
		sw_conf_error_complain(errors, blame,
		    "zone \"%s\" already exists, in %s:%d; write another name",
		    name, first->file, first->line);
}

bool
sw_conf_zone_add(struct sw_conf *conf, const char *name, struct sw_origin at,
    struct sw_conf_errors *errors)
{
	struct sw_blame blame = sw_origin_blame(conf->origins, at);
	struct sw_conf_zone *zone;

	blame.key = "zone";
	if (conf->n_zones >= SW_CONF_ZONES || !zones_grow(conf)) {
		if (conf->n_zones >= SW_CONF_ZONES)
			sw_conf_error_complain(errors, &blame,
			    "too many zones; write at most %d", SW_CONF_ZONES);
		else
			sw_conf_error_complain(errors, &blame, "out of memory");
		return false;
	}
	zone = &conf->zones[conf->n_zones];
	memset(zone, 0, sizeof *zone);
	zone->file = blame.file;
	zone->line = (int)at.line;
	memset(&conf->origins->zones[conf->n_zones], 0,
	    sizeof *conf->origins->zones);
	conf->origins->zones[conf->n_zones].at = at;
	name_zone(conf, zone, name, &blame, errors);
	conf->n_zones++;
	return true;
}

void
sw_conf_zone_free(struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_zones; i++)
		free(conf->zones[i].interfaces);
	free(conf->zones);
}

/* --- checking --- */

static void __attribute__((format(printf, 5, 6)))
complain(const struct sw_conf *conf, size_t zone, const char *interface,
    struct sw_conf_errors *errors, const char *format, ...)
{
	int k = sw_schema_find("zone", "interfaces");
	struct sw_blame blame = sw_origin_blame(conf->origins,
	    *sw_origin_at(conf->origins, &conf->origins->zones[zone], k));
	char what[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	sw_origin_point_at(&blame, interface);
	blame.key = "interfaces";
	sw_conf_error_complain(errors, &blame,
	    "zone \"%s\": interfaces = %s: %s", conf->zones[zone].name,
	    interface, what);
}

/* May one interface have both names? */
static bool
overlap(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	bool is_pattern = n > 0 && a[n - 1] == '*';

	if (is_pattern && m > 0 && b[m - 1] == '*')
		return strncmp(a, b, n < m ? n - 1 : m - 1) == 0;
	return is_pattern ? sw_net_names_interface(a, b)
			  : sw_net_names_interface(b, a);
}

/* Does a zone before this one have it? */
static void
check_others(const struct sw_conf *conf, size_t zone, const char *interface,
    struct sw_conf_errors *errors)
{
	for (size_t i = 0; i < zone; i++) {
		const struct sw_conf_zone *other = &conf->zones[i];

		for (size_t k = 0; k < other->n_interfaces; k++) {
			if (!overlap(other->interfaces[k], interface))
				continue;
			complain(conf, zone, interface, errors,
			    "an interface is in one zone only, and zone \"%s\" "
			    "has %s; write it in one of them",
			    other->name, other->interfaces[k]);
			return;
		}
	}
}

static void
check_zone(
    const struct sw_conf *conf, size_t zone, struct sw_conf_errors *errors)
{
	const struct sw_conf_zone *of = &conf->zones[zone];
	struct sw_blame blame =
	    sw_origin_blame(conf->origins, conf->origins->zones[zone].at);

	blame.key = "zone";
	if (of->n_interfaces == 0 && !conf->origins->zones[zone].damaged)
		sw_conf_error_complain(errors, &blame,
		    "zone \"%s\" has no interfaces; write interfaces = "
		    "{ NAME, NAME }",
		    of->name);
	for (size_t i = 0; i < of->n_interfaces; i++)
		if (of->interfaces[i][0] == '!')
			complain(conf, zone, of->interfaces[i], errors,
			    "a zone is made of interfaces that it names; write "
			    "them without !");
		else
			check_others(conf, zone, of->interfaces[i], errors);
}

void
sw_conf_zone_check(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	for (size_t i = 0; i < conf->n_zones; i++)
		check_zone(conf, i, errors);
}

/* --- compiling --- */

/* => 0: none names it */
static uint8_t
zone_named(const struct sw_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_zones; i++)
		for (size_t k = 0; k < conf->zones[i].n_interfaces; k++)
			if (sw_net_names_interface(
				conf->zones[i].interfaces[k], name))
				return (uint8_t)(i + 1);
	return 0;
}

/* Is one the VRF of the other? */
static bool
are_of_one_vrf(const struct sw_iface *a, const struct sw_iface *b)
{
	return (a->vrf != 0 && a->vrf == b->index) ||
	       (b->vrf != 0 && b->vrf == a->index);
}

static uint8_t
zone_of(const struct sw_conf *conf, const struct sw_iface *links, size_t n,
    const struct sw_iface *link)
{
	uint8_t zone = zone_named(conf, link->name);

	for (size_t i = 0; zone == 0 && i < n; i++)
		if (are_of_one_vrf(link, &links[i]))
			zone = zone_named(conf, links[i].name);
	return zone;
}

static int
compare(const void *a, const void *b)
{
	const struct sw_zone_link *one = a, *other = b;

	return (one->index > other->index) - (one->index < other->index);
}

static bool
give_names(const struct sw_conf *conf, struct sw_policy *policy)
{
	const char *names[SW_CONF_ZONES];

	for (size_t i = 0; i < conf->n_zones; i++)
		names[i] = conf->zones[i].name;
	return sw_policy_name_zones(policy, names, (uint8_t)conf->n_zones);
}

bool
sw_conf_zone_compile(const struct sw_conf *conf, const struct sw_iface *links,
    size_t n, struct sw_policy *policy)
{
	struct sw_zone_link *list;
	size_t used = 0;
	bool whole;

	if (conf->n_zones == 0)
		return true;
	list = calloc(n + 1, sizeof *list);
	if (list == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t zone = zone_of(conf, links, n, &links[i]);

		if (zone != 0)
			list[used++] =
			    (struct sw_zone_link){ links[i].index, zone };
	}
	qsort(list, used, sizeof *list, compare);
	whole =
	    give_names(conf, policy) && sw_policy_set_zones(policy, list, used);
	free(list);
	return whole;
}
