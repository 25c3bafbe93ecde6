/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a client said about its operation, looked up on the filesystem
 *
 * Descriptors, paths and words become values that the terms of a lease can rest on
 * (policy/lease.h), and a line for people. What means nothing is refused here.
 */

#include "bus/api.h"
#include "manager/leases.h"
#include "pool/pool.h"

/*
 * Takes ANSWER_ACCEPTED as the answer, or says what is wrong. `swaps` is the text of /proc/swaps,
 * `text` has LEASE_DETAILS_MAX bytes.
 */
Answer lease_details_read(const Pool *pool, const char *swaps, const PrepareWish *wish,
                          LeaseDetails *ret, char *text);
