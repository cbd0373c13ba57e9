/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstd: built without libzstd.
 */
#include "unpack/method.h"

const struct sw_unpack_method sw_unpack_zstd = { .library = "libzstd" };
