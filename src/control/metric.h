/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metric: writes one sample of a metric.
 */
#ifndef SYNWARD_CONTROL_METRIC_H
#define SYNWARD_CONTROL_METRIC_H

#include "control/internal.h"
#include "net/raw_socket.h"

enum { SW_METRIC_VALUE = 32 };

/* All counts, as they are at the time of the request. */
struct sw_metric_numbers {
	struct sw_counts counts;
	struct sw_reporter_counts reporter;
	struct sw_log_counts log;
	struct sw_raw_socket_counts raw;
};

struct sw_metric_sample {
	const struct sw_daemon *daemon;
	const struct sw_metric_numbers *numbers;
	struct sw_json *json;
	const char *name; /* of the family */
	uint64_t i;	  /* number of the sample in it */
};

/* suffix: "" or that of a histogram's part; label: NULL for none */
void sw_metric_put(const struct sw_metric_sample *sample, const char *suffix,
    const char *label, const char *is, const char *value);
/* => true */
bool sw_metric_put_count(const struct sw_metric_sample *sample,
    const char *label, const char *is, uint64_t count);
/* Of a family with one sample.  => false for another one */
bool sw_metric_put_only(const struct sw_metric_sample *sample, uint64_t count);

/* Families of a daemon beside the kernel's firewall; without samples in
 * others.  => false when there are no more */
bool sw_metric_beside_packets(const struct sw_metric_sample *sample);
bool sw_metric_beside_drops(const struct sw_metric_sample *sample);
bool sw_metric_beside_compared(const struct sw_metric_sample *sample);

#endif
