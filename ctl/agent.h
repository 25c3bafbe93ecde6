/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who asks for a password
 *
 * On a desktop that is the session's own dialogue. In a terminal it is polkit's pkttyagent, run for
 * as long as swapctl runs. Root is not asked.
 */

/* Starts it where it is of use, and waits until it is ready. Without it polkit says no. */
void agent_start(void);
