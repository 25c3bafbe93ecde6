/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who may change anything: root
 */

#include <systemd/sd-bus.h>

/*
 * 1 when the sender of `m` may; otherwise a negative errno with `ret_error` set, for the method
 * handler to return.
 */
int authority_check(sd_bus_message *m, sd_bus_error *ret_error);
