#include "watch.h"

#define USUAL_STEPS 16 /* over which an effort is averaged */

static bool past_range(const sh_joint_set *set, int32_t q) { return q > set->last || q < set->first; }

static uint8_t bad_input(const sh_machine *m) {
    if (!(m->inputs & SH_ESTOP_CLOSED)) {
        return SH_FAULT_EMERGENCY_STOP;
    }
    return m->inputs & SH_SUPPLY_GOOD ? SH_FAULT_NONE : SH_FAULT_SUPPLY;
}

static uint8_t bad_stage(const sh_sensed *sensed) {
    if (sensed->flags & SH_FAILED) {
        return SH_FAULT_DRIVE;
    }
    if (!(sensed->flags & SH_SURE)) {
        return SH_FAULT_ENCODER;
    }
    return sensed->flags & SH_HOT ? SH_FAULT_TEMPERATURE : SH_FAULT_NONE;
}

bool sh_cause_stands(const sh_machine *m) {
    if (bad_input(m) != SH_FAULT_NONE) {
        return true;
    }
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        if (bad_stage(&m->sensed[j]) != SH_FAULT_NONE) {
            return true;
        }
        if (m->homed >> j & 1 && past_range(&m->joints[j], m->sensed[j].q)) {
            return true;
        }
    }
    return false;
}

void sh_watch_host(sh_machine *m, uint32_t now) {
    if (sh_powered(m) && now - m->heard_us > (uint32_t)m->watchdog_ms * 1000u) {
        sh_make_safe(m, SH_FAULT_WATCHDOG, SH_NO_JOINT, (int32_t)((now - m->heard_us) / 1000u));
    }
}

/* Does a joint lean on an end of its range, as its drive pushes there, or no longer bears what pulls there? What stands
 * there bears the rest. Without a reference nobody knows. */
static bool leans(const sh_machine *m, uint8_t j, int32_t q, int16_t effort, int32_t more) {
    const sh_joint_built *built = &sh_joints_built[j];
    if (!(m->homed >> j & 1)) {
        return false;
    }
    return (q <= built->lower && (effort < 0 || more < 0)) || (q >= built->upper && (effort > 0 || more > 0));
}

/* Does an encoder say the same though the drive pushes otherwise than it did as the joint last moved? Friction bears no
 * more than twice itself: so much lies between moving one way and the other. */
static bool stuck(sh_machine *m, uint8_t j, int32_t before) {
    const sh_driven *driven = &m->driven[j];
    if (!(driven->flags & SH_POWER)) {
        m->still[j] = UINT8_MAX; /* what a brake bore says nothing: count from the first step with power */
        return false;
    }
    int16_t usual = (int16_t)(m->usual[j] / USUAL_STEPS);
    if (m->still[j] == UINT8_MAX) {
        m->still[j] = 0;
        m->usual[j] = (int32_t)driven->effort * USUAL_STEPS;
        return false;
    }
    if (m->sensed[j].q != before) {
        m->still[j] = 0;
        m->usual[j] += driven->effort - usual; /* a mean: one that comes to rest is pushed back for a moment */
        return false;
    }
    if (m->still[j] < m->most_still) {
        m->still[j]++;
        return false;
    }
    int16_t breakaway = sh_joints_built[j].breakaway;
    int32_t more = (int32_t)driven->effort - usual;
    return (more > breakaway || more < -breakaway) && !leans(m, j, before, driven->effort, more);
}

static void watch_joint(sh_machine *m, uint8_t j, int32_t before) {
    const sh_sensed *sensed = &m->sensed[j];
    const sh_joint_set *set = &m->joints[j];
    uint8_t bad = bad_stage(sensed);
    uint8_t bit = (uint8_t)(1u << j);
    uint32_t jump = sensed->q > before ? (uint32_t)sensed->q - (uint32_t)before : (uint32_t)before - (uint32_t)sensed->q;
    bool rests = stuck(m, j, before);
    if (rests && bad == SH_FAULT_NONE && m->state == SH_STATE_HOMING && j == m->homing) {
        bad = SH_FAULT_HOMING; /* at its end, or at something on its way */
    } else if (bad != SH_FAULT_DRIVE && (jump > set->most_jump || rests)) {
        bad = SH_FAULT_ENCODER;
    }
    bool wild = sensed->dq > set->most_speed || sensed->dq < -set->most_speed;
    bool failed = bad == SH_FAULT_ENCODER || bad == SH_FAULT_DRIVE;
    bool held = m->hold_all || m->soft || set->safe == SH_SAFE_BEHAVIOUR_HOLD; /* one that is damped may be moved */
    if ((failed || (m->state == SH_STATE_SAFE && (bad != SH_FAULT_NONE || (wild && held)))) && m->state != SH_STATE_IDLE) {
        m->distrusted |= bit; /* in SAFE as well: nothing is held by what lies, is hot, or is carried away */
    }
    if (failed && !sh_joints_built[j].absolute) {
        m->homed &= (uint8_t)~bit; /* what it counted since its reference is not to be trusted any more */
    }
    m->invalid = (uint8_t)(failed || !(m->homed & bit) ? m->invalid | bit : m->invalid & ~bit);
    if (!sh_powered(m)) {
        return;
    }
    if (bad != SH_FAULT_NONE) {
        sh_make_safe(m, bad, j, sensed->q);
        return;
    }
    if (m->homed & bit && past_range(set, sensed->q)) {
        sh_make_safe(m, SH_FAULT_POSITION, j, sensed->q);
        return;
    }
    if (wild) {
        sh_make_safe(m, SH_FAULT_VELOCITY, j, sensed->dq);
        return;
    }
    int32_t error = m->references[j].q - sensed->q;
    bool follows = set->tracking == 0 || m->state != SH_STATE_ACTIVE || m->command.mode == SH_MODE_TORQUE ||
                   (error <= set->tracking && error >= -set->tracking);
    m->behind[j] = follows ? 0 : (uint16_t)(m->behind[j] + 1);
    if (m->behind[j] > m->most_behind) {
        sh_make_safe(m, SH_FAULT_TRACKING, j, error);
    }
}

void sh_watch_joints(sh_machine *m, const int32_t *before, uint32_t since) {
    uint8_t bad = bad_input(m);
    if (bad == SH_FAULT_EMERGENCY_STOP) {
        if (m->state != SH_STATE_ESTOP) { /* whatever it was before, and from SAFE as well */
            m->state = SH_STATE_IDLE;
            sh_make_safe(m, bad, SH_NO_JOINT, m->inputs);
        }
    } else if (bad != SH_FAULT_NONE && m->state != SH_STATE_IDLE) {
        sh_make_safe(m, bad, SH_NO_JOINT, m->inputs);
        m->power_off = true; /* in SAFE as well, and until somebody clears it */
    }
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        watch_joint(m, j, before[j]);
    }
    if (sh_powered(m) && since > m->most_since_us) {
        sh_make_safe(m, SH_FAULT_OVERRUN, SH_NO_JOINT, (int32_t)since);
    }
}
