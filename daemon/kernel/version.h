/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The version of the running kernel, as KERNEL_VERSION() of linux/version.h makes it
 */

#include <stdint.h>

uint32_t kernel_version_read(void);

/* Pure: "6.12.8-1-generic"; 0 if that is none. */
uint32_t kernel_version_parse(const char *release);
