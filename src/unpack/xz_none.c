/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xz: built without liblzma.
 */
#include "unpack/method.h"

const struct sw_unpack_method sw_unpack_xz = { .library = "liblzma" };
