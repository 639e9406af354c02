/* One joint's servo, in integers: a reference that moves no faster than it may, and a spring and damper to it. */
#ifndef SH_SERVO_H
#define SH_SERVO_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"

#define SH_MOST_STIFFNESS (1ul << 27) /* above it the product would not fit into 32 bits */
#define SH_BANDWIDTH 100               /* natural frequency that a stiffness is chosen for [rad/s] */
#define SH_MOST_DAMPING (1ul << 25)

/* A factor as m / 2^shift, so that a product with 16 bits takes one multiplication. The shift of a factor that is used
 * in every step is a whole number of bytes: a processor of 8 bits shifts by those at no cost. */
typedef struct {
    uint16_t m;
    uint8_t shift;
} sh_factor;

/* A joint as it is set. */
typedef struct {
    int32_t lower, upper, tracking;
    int16_t velocity, effort;
    uint8_t safe;
    uint32_t stiffness, damping;
    sh_factor spring, coarse, damper;
    sh_factor advance;    /* way of one step at one unit of velocity [1/256 position units] */
    int32_t most_way;     /* of one step at the largest speed [1/256 position units] */
    int32_t more_way;     /* by which one step's may be longer than the last one's */
    int32_t first, last;  /* ends of the range with its margin */
    uint32_t most_jump;   /* no joint goes so far in a step, an encoder that fails does */
    int16_t most_speed;   /* at which a joint is too fast */
} sh_joint_set;

/* Where a joint is to be. */
typedef struct {
    int32_t q;
    uint8_t part; /* of a position unit [1/256] */
    int32_t way;  /* of its last step where it had some way to go [1/256 position units] */
} sh_reference;

/* value / 2^bits as a factor, value below 2^(bits + 15): exact to 15 bits, or in whole bytes to 8. */
sh_factor sh_factor_of(uint32_t value, uint8_t bits, bool bytes);

/* Way of one step at a velocity [1/256 position units]. */
int32_t sh_way(const sh_joint_set *joint, int16_t dq);

/* Make what follows from a joint's settings. */
void sh_joint_settle(sh_joint_set *joint, uint32_t dq_unit, uint16_t servo_hz);

/* Velocity at which a step has a way. */
int16_t sh_pace(const sh_joint_set *joint, int32_t way);

int32_t sh_clamp(int32_t value, int32_t low, int32_t high);

/* Move a reference by the way of a step, within the joint's range. */
void sh_reference_advance(sh_reference *reference, const sh_joint_set *joint, int32_t way);

/* Move a reference to another: it gathers speed, up to the joint's largest; whether it got there. */
bool sh_reference_approach(sh_reference *reference, const sh_joint_set *joint, const sh_reference *goal);

/* Effort that takes a joint to a reference. */
int16_t sh_servo(const sh_joint_set *joint, const sh_sensed *sensed, const sh_reference *reference, int16_t dq, int16_t tau);

/* Effort that is asked for, less where the joint moves, or is past its range. */
int16_t sh_exert(const sh_joint_set *joint, const sh_sensed *sensed, int16_t tau);

/* Effort that resists motion. */
int16_t sh_damp(const sh_joint_set *joint, const sh_sensed *sensed);

#endif
