/* What makes a board safe by itself: a silent host, an open emergency stop line, a joint that does what it may not. */
#ifndef SH_WATCH_H
#define SH_WATCH_H

#include "machine.h"

/* Whether its drives follow somebody. */
bool sh_powered(const sh_machine *m);

/* Latch SAFE, or ESTOP, with its cause; the first stays. */
void sh_make_safe(sh_machine *m, uint8_t fault, uint8_t joint, int32_t value);

/* Whether something that would make the board safe at once is there now. */
bool sh_cause_stands(const sh_machine *m);

/* Has the host been silent for too long? */
void sh_watch_host(sh_machine *m, uint32_t now);

/* Look at inputs and joints; before are their positions a step ago, since is how long that was [us]. */
void sh_watch_joints(sh_machine *m, const int32_t *before, uint32_t since);

#endif
