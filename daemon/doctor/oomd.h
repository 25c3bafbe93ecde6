/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd-oomd: how much swap may be used before it kills
 *
 * SwapUsedLimit= of oomd.conf(5), a percentage; one in permille or permyriad is passed over. Of its
 * files, those in /etc have the last word, whatever their names.
 */

#include <stdint.h>

/* Pure: the last one in the text that is a percentage; without one, `limit` stays. */
void oomd_config_parse(const char *text, uint32_t *limit_permyriad);

/* 0: it does not run. */
uint32_t oomd_limit_read(void);
