/* Motors that are only reckoned, for boards that nothing hangs on: each has an inertia and a friction, in integers. */
#ifndef SH_BENCH_H
#define SH_BENCH_H

#include "board.h"

/* Move all motors for a step, as they are driven, and say where they are. */
void sh_bench_step(const sh_driven *driven, sh_sensed *sensed);

/* Put all motors to rest where they begin. */
void sh_bench_rest(void);

#endif
