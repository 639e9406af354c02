#include "servo.h"

#define FINE 32767         /* errors up to this are multiplied as they are [position units] */
#define COARSE 8           /* larger ones without their last bits */
#define MOST (1L << 20)    /* of one part of an effort, before they are added */
#define RANGE_SHARE 16     /* a joint may be past an end by this part of its range, as it comes to rest */
#define SPEED_SHARE 4      /* and faster by this part of its speed */
#define TO_SPEED_MS 50     /* in which a reference gathers a joint's largest speed */
#define JUMP_STEPS 8u      /* steps at full speed within one */

int32_t sh_clamp(int32_t value, int32_t low, int32_t high) { return value < low ? low : value > high ? high : value; }

static uint32_t shifted(uint32_t value, int8_t left) { return left >= 0 ? value << left : value >> -left; }

sh_factor sh_factor_of(uint32_t value, uint8_t bits, bool bytes) {
    int8_t shift = bytes ? 24 : (int8_t)bits;
    while (shift > 0 && shifted(value, (int8_t)(shift - bits)) >= 1u << 15) {
        shift = (int8_t)(shift - (bytes ? 8 : 1));
    }
    return (sh_factor){(uint16_t)shifted(value, (int8_t)(shift - bits)), (uint8_t)shift};
}

static int32_t product(sh_factor factor, int16_t value) { return (int32_t)value * (int32_t)factor.m; }

/* A product with a factor in whole bytes. */
static int32_t times(sh_factor factor, int16_t value) {
    int32_t all = product(factor, value);
    switch (factor.shift) {
    case 0:
        return all;
    case 8:
        return all >> 8;
    case 16:
        return all >> 16;
    default:
        return all >> 24;
    }
}

int32_t sh_way(const sh_joint_set *joint, int16_t dq) { return product(joint->advance, dq) >> joint->advance.shift; }

int16_t sh_pace(const sh_joint_set *joint, int32_t way) {
    int32_t share = joint->most_way >> 8; /* way over it is no more than 256 */
    return share == 0 ? 0 : (int16_t)(way / share * joint->velocity / 256);
}

void sh_joint_settle(sh_joint_set *joint, uint32_t dq_unit, uint16_t servo_hz) {
    joint->spring = sh_factor_of(joint->stiffness, 20, true);
    joint->coarse = sh_factor_of(joint->stiffness, 20 - COARSE, true);
    joint->damper = sh_factor_of(joint->damping, 10, true);
    /* 1e-9 of a unit of velocity over 1e-7 of a unit of position and steps a second, in 1/256: with 16 bits of fraction */
    joint->advance = sh_factor_of((uint32_t)(((uint64_t)dq_unit << 24) / (100ul * servo_hz)), 16, false);
    joint->most_way = sh_way(joint, joint->velocity);
    /* No faster than in TO_SPEED_MS, and with half of the effort on the inertia that the stiffness is for. */
    int64_t soonest = (int64_t)joint->most_way * 1000 / ((int32_t)TO_SPEED_MS * servo_hz);
    int64_t strongest = ((int64_t)joint->effort << 27) / (joint->stiffness + 1) * SH_BANDWIDTH * SH_BANDWIDTH;
    strongest /= (int64_t)servo_hz * servo_hz;
    joint->more_way = (int32_t)(soonest < strongest ? soonest : strongest) + 1;
    int32_t margin = joint->upper / RANGE_SHARE - joint->lower / RANGE_SHARE;
    joint->first = joint->lower - margin;
    joint->last = joint->upper + margin;
    joint->most_jump = JUMP_STEPS * ((uint32_t)(joint->most_way >> 8) + 1);
    joint->most_speed = (int16_t)sh_clamp((int32_t)joint->velocity + joint->velocity / SPEED_SHARE, 0, INT16_MAX - 1);
}

void sh_reference_advance(sh_reference *reference, const sh_joint_set *joint, int32_t way) {
    way += reference->part;
    int32_t step = way >> 8;
    if (reference->q > joint->upper || reference->q < joint->lower) {
        /* Set where a joint is past its range: it comes back as it is led, not by a leap, and goes no farther. */
        reference->q += (reference->q > joint->upper) == (step < 0) ? step : 0;
    } else {
        reference->q = sh_clamp(reference->q + step, joint->lower, joint->upper);
    }
    reference->part = (uint8_t)way;
}

bool sh_reference_approach(sh_reference *reference, const sh_joint_set *joint, const sh_reference *goal) {
    int32_t way = goal->q - reference->q;
    int32_t before = (way > 0) == (reference->way > 0) ? reference->way : 0;
    int32_t most = sh_clamp((before < 0 ? -before : before) + joint->more_way, 0, joint->most_way);
    if (way <= most >> 8 && way >= -(most >> 8)) {
        reference->q = goal->q;
        reference->part = goal->part;
        reference->way = way * 256;
        return true;
    }
    reference->way = way > 0 ? most : -most; /* too far for one step */
    way = reference->way + reference->part;
    reference->q += way >> 8;
    reference->part = (uint8_t)way;
    return false;
}

static int32_t spring(const sh_joint_set *joint, int32_t error) {
    if (error <= FINE && error >= -FINE) {
        return sh_clamp(times(joint->spring, (int16_t)error), -MOST, MOST);
    }
    int16_t coarse = (int16_t)sh_clamp(error >> COARSE, -FINE, FINE);
    return sh_clamp(times(joint->coarse, coarse), -MOST, MOST);
}

static int32_t damper(const sh_joint_set *joint, int32_t difference) {
    return sh_clamp(times(joint->damper, (int16_t)sh_clamp(difference, -FINE, FINE)), -MOST, MOST);
}

static int16_t limited(const sh_joint_set *joint, int32_t effort) {
    return (int16_t)sh_clamp(effort, -joint->effort, joint->effort);
}

int16_t sh_servo(const sh_joint_set *joint, const sh_sensed *sensed, const sh_reference *reference, int16_t dq, int16_t tau) {
    return limited(joint, tau + spring(joint, reference->q - sensed->q) + damper(joint, (int32_t)dq - sensed->dq));
}

int16_t sh_exert(const sh_joint_set *joint, const sh_sensed *sensed, int16_t tau) {
    int32_t effort = tau;
    int32_t within = sh_clamp(sensed->q, joint->lower, joint->upper);
    if (within != sensed->q) { /* a wall at the end of its range */
        int32_t wall = spring(joint, within - sensed->q) + damper(joint, -(int32_t)sensed->dq);
        bool above = sensed->q > within;
        if (above ? wall < effort : wall > effort) {
            effort = wall;
        }
    }
    return limited(joint, effort);
}

int16_t sh_damp(const sh_joint_set *joint, const sh_sensed *sensed) {
    return limited(joint, damper(joint, -(int32_t)sensed->dq));
}
