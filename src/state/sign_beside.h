/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign_beside: signs of a daemon beside the kernel's firewall, measured and
 * written as the rows of state/sign_table.h say.
 */
#ifndef SYNWARD_STATE_SIGN_BESIDE_H
#define SYNWARD_STATE_SIGN_BESIDE_H

#include "state/sign_table.h"

uint64_t sw_sign_beside_is_deaf(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_deaf(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);
uint64_t
sw_sign_beside_count_tap_lost(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_tap_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);
uint64_t
sw_sign_beside_count_kernel_full(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_kernel_full(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);
uint64_t sw_sign_beside_lacks_kernel(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_lacks_kernel(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);
uint64_t sw_sign_beside_lacks_group(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_lacks_group(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);
uint64_t
sw_sign_beside_count_log_lost(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_log_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);
uint64_t sw_sign_beside_differs(const struct sw_sign_view *view, bool was);
void sw_sign_beside_write_differs(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told);

#endif
