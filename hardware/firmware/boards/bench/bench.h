/* Motors that are only reckoned, for boards that nothing hangs on: each has an inertia and a friction, in integers. */
#ifndef SH_BENCH_H
#define SH_BENCH_H

#include "board.h"

/* A step of all motors. */
void sh_bench_exchange(const sh_driven *driven, sh_sensed *sensed);

#endif
