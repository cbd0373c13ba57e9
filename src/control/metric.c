/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample is an object of its own; `synwardctl metrics` makes the text.
 */
#include <stdio.h>

#include "control/metric.h"

void
sw_metric_put(const struct sw_metric_sample *sample, const char *suffix,
    const char *label, const char *is, const char *value)
{
	struct sw_json *json = sample->json;
	char name[80];

	snprintf(name, sizeof name, "%s%s", sample->name, suffix);
	sw_json_begin(json, "sample");
	sw_json_put_text(json, "name", name);
	sw_json_open(json, "labels", '{');
	if (label != NULL)
		sw_json_put_text(json, label, is);
	sw_json_close(json, '}');
	sw_json_put_text(json, "value", value);
	sw_json_end(json);
}

bool
sw_metric_put_count(const struct sw_metric_sample *sample, const char *label,
    const char *is, uint64_t count)
{
	char value[SW_METRIC_VALUE];

	snprintf(value, sizeof value, "%llu", (unsigned long long)count);
	sw_metric_put(sample, "", label, is, value);
	return true;
}

bool
sw_metric_put_only(const struct sw_metric_sample *sample, uint64_t count)
{
	return sample->i == 0 && sw_metric_put_count(sample, NULL, NULL, count);
}
