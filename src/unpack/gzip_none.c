/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip: built without zlib.
 */
#include "unpack/method.h"

const struct sw_unpack_method sw_unpack_gzip = { .library = "zlib" };
