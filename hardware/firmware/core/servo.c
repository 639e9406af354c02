#include "servo.h"

#define FINE 32767         /* errors up to this are multiplied as they are [position units] */
#define COARSE 7           /* larger ones without their last bits */
#define MOST (1L << 20)    /* of one part of an effort, before they are added */

int32_t sh_clamp(int32_t value, int32_t low, int32_t high) { return value < low ? low : value > high ? high : value; }

sh_factor sh_factor_of(uint32_t value, uint8_t bits) {
    while (value >= 1u << 15) {
        value >>= 1;
        bits--;
    }
    return (sh_factor){(uint16_t)value, bits};
}

static int32_t times(sh_factor factor, int16_t value) { return (int32_t)value * (int32_t)factor.m >> factor.shift; }

void sh_joint_settle(sh_joint_set *joint, uint32_t dq_unit, uint16_t servo_hz) {
    joint->spring = sh_factor_of(joint->stiffness, 20);
    joint->damper = sh_factor_of(joint->damping, 10);
    /* 1e-9 of a unit of velocity over 1e-7 of a unit of position and steps a second, in 1/256: with 16 bits of fraction */
    joint->advance = sh_factor_of((uint32_t)(((uint64_t)dq_unit << 24) / (100ul * servo_hz)), 16);
}

void sh_reference_advance(sh_reference *reference, const sh_joint_set *joint, int16_t dq) {
    int32_t way = times(joint->advance, dq) + reference->part;
    reference->q = sh_clamp(reference->q + (way >> 8), joint->lower, joint->upper);
    reference->part = (uint8_t)way;
}

int16_t sh_reference_approach(sh_reference *reference, const sh_joint_set *joint, int32_t q, int16_t dq) {
    q = sh_clamp(q, joint->lower, joint->upper);
    int32_t most = times(joint->advance, joint->velocity) >> 8;
    int32_t way = q - reference->q;
    if (way > most || way < -most) { /* too far for one step */
        reference->q += way > 0 ? most : -most;
        reference->part = 0;
        return way > 0 ? joint->velocity : (int16_t)-joint->velocity;
    }
    reference->q = q;
    reference->part = 0;
    return (int16_t)sh_clamp(dq, -joint->velocity, joint->velocity);
}

static int32_t spring(const sh_joint_set *joint, int32_t error) {
    if (error <= FINE && error >= -FINE) {
        return sh_clamp(times(joint->spring, (int16_t)error), -MOST, MOST);
    }
    int16_t coarse = (int16_t)sh_clamp(error >> COARSE, -FINE, FINE);
    sh_factor factor = joint->spring;
    factor.shift = (uint8_t)(factor.shift - COARSE);
    return sh_clamp(times(factor, coarse), -MOST, MOST);
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
