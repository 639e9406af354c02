#include "machine.h"

#include <string.h>

#include "watch.h"

#define PAYLOAD (m->out + 1 + SH_HEADER)
#define SLOW_DOWN_MS 400  /* longest time in which references come to rest */
#define HOMING_SHARE 16   /* of a joint's speed at which it looks for its home */
#define HOMING_EFFORT 2   /* part of its effort with which it does at most: its end may be all that it finds */
#define HOMING_MS 60000ul /* longest time for one joint's */
#define BEHIND_MS 100     /* longest that a joint may not follow */
#define LATE_STEPS 5      /* a step that comes so late is an overrun */
#define STILL_MS 10       /* in which a joint moves where its drive pushes it */

static void send(sh_machine *m, uint8_t type, uint8_t length) {
    uint8_t size = sh_frame_make(m->out, type, m->sequence++, sh_board_time_us(), length);
    sh_board_send(m->out, size); /* a full line loses this frame; the next telemetry says all that lasts */
}

static void tell(sh_machine *m, int32_t value) {
    sh_event event = {.state = m->state, .fault = m->fault, .joint = m->fault_joint, .value = value};
    send(m, SH_EVENT, sh_event_pack(&event, 0, 0, PAYLOAD));
}

static void hold_here(sh_machine *m) {
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        m->references[j] = (sh_reference){m->sensed[j].q, 0, 0};
        m->velocities[j] = m->sensed[j].dq;
        m->behind[j] = 0;
    }
    m->slowing = (uint16_t)((uint32_t)SLOW_DOWN_MS * sh_board.servo_hz / 1000u);
}

static void enter(sh_machine *m, uint8_t state, int32_t value) {
    m->state = state;
    m->receiver.skips = state == SH_STATE_ACTIVE;
    m->entered++;
    hold_here(m);
    tell(m, value);
}

bool sh_powered(const sh_machine *m) {
    return m->state == SH_STATE_ARMED || m->state == SH_STATE_HOMING || m->state == SH_STATE_ACTIVE;
}

void sh_make_safe(sh_machine *m, uint8_t fault, uint8_t joint, int32_t value) {
    if (m->state == SH_STATE_ESTOP || m->state == SH_STATE_SAFE) {
        return; /* the first cause stays */
    }
    m->fault = fault;
    m->fault_joint = joint;
    m->soft = m->hold_all = false;
    m->power_off = m->state == SH_STATE_IDLE; /* no stop powers what had no power */
    enter(m, fault == SH_FAULT_EMERGENCY_STOP ? SH_STATE_ESTOP : SH_STATE_SAFE, value);
}

/* ---- what the host asks for */

static void tell_joint(sh_machine *m, uint8_t j) {
    const sh_joint_built *built = &sh_joints_built[j];
    const sh_joint_set *set = &m->joints[j];
    sh_joint joint = {
        .joint = j, .prismatic = built->prismatic, .homed = (uint8_t)(m->homed >> j & 1), .brake = built->brake,
        .safe = set->safe, .dq_unit = built->dq_unit, .tau_unit = built->tau_unit, .lower = set->lower,
        .upper = set->upper, .velocity = set->velocity, .effort = set->effort, .tracking = set->tracking,
        .stiffness = set->stiffness, .damping = set->damping, .built_lower = built->lower, .built_upper = built->upper,
        .built_velocity = built->velocity, .built_effort = built->effort,
    };
    send(m, SH_JOINT, sh_joint_pack(&joint, 0, 0, PAYLOAD));
}

static void tell_who(sh_machine *m) {
    sh_hello hello = {
        .boot = m->boot, .joints = sh_board.joints, .channels = sh_board.channels,
        .watchdog_least = sh_board.watchdog_least_ms, .watchdog_most = sh_board.watchdog_most_ms,
        .servo = sh_board.servo_hz, .rate = sh_board.rate_hz, .firmware = SH_FIRMWARE,
    };
    memcpy(hello.build, sh_build, sizeof hello.build);
    memcpy(hello.board, sh_board.name, sizeof hello.board);
    send(m, SH_HELLO, sh_hello_pack(&hello, 0, 0, PAYLOAD));
    m->untold = 0;
}

static uint8_t configure(sh_machine *m, const sh_frame *frame) {
    sh_configure asked;
    if (!sh_configure_unpack(&asked, frame->payload, frame->length, 0, 0) || asked.joint >= sh_board.joints) {
        return SH_OUTCOME_WRONG_VALUE;
    }
    if (m->state != SH_STATE_IDLE) {
        return SH_OUTCOME_WRONG_STATE;
    }
    const sh_joint_built *built = &sh_joints_built[asked.joint];
    if (asked.lower < built->lower || asked.upper > built->upper || asked.lower >= asked.upper || asked.velocity <= 0 ||
        asked.velocity > built->velocity || asked.effort <= 0 || asked.effort > built->effort || asked.tracking < 0 ||
        asked.stiffness >= SH_MOST_STIFFNESS || asked.damping >= SH_MOST_DAMPING ||
        (asked.safe == SH_SAFE_BEHAVIOUR_BRAKE && !built->brake)) {
        return SH_OUTCOME_WRONG_VALUE;
    }
    sh_joint_set *set = &m->joints[asked.joint];
    set->lower = asked.lower;
    set->upper = asked.upper;
    set->velocity = asked.velocity;
    set->effort = asked.effort;
    set->tracking = asked.tracking;
    set->safe = asked.safe;
    set->stiffness = asked.stiffness;
    set->damping = asked.damping;
    sh_joint_settle(set, built->dq_unit, sh_board.servo_hz);
    tell_joint(m, asked.joint);
    return SH_OUTCOME_DONE;
}

static uint8_t arm(sh_machine *m, const sh_frame *frame) {
    sh_arm asked;
    if (!sh_arm_unpack(&asked, frame->payload, frame->length, 0, 0)) {
        return SH_OUTCOME_WRONG_VALUE;
    }
    if (asked.boot != m->boot) {
        return SH_OUTCOME_WRONG_BOOT;
    }
    if (m->state != SH_STATE_IDLE) {
        return SH_OUTCOME_WRONG_STATE;
    }
    if (asked.entered != m->entered) { /* of before it was disarmed, or cleared: doubled, or kept back on its way */
        return SH_OUTCOME_OVERTAKEN;
    }
    if (asked.watchdog < sh_board.watchdog_least_ms || asked.watchdog > sh_board.watchdog_most_ms) {
        return SH_OUTCOME_NO_WATCHDOG;
    }
    if (sh_cause_stands(m)) {
        return SH_OUTCOME_CAUSE_STANDS;
    }
    m->watchdog_ms = asked.watchdog;
    m->heard_us = sh_board_time_us();
    enter(m, SH_STATE_ARMED, 0);
    return SH_OUTCOME_DONE;
}

static uint8_t disarm(sh_machine *m) {
    if (!sh_powered(m)) {
        return SH_OUTCOME_WRONG_STATE;
    }
    enter(m, SH_STATE_IDLE, 0);
    return SH_OUTCOME_DONE;
}

static uint8_t home(sh_machine *m, const sh_frame *frame) {
    sh_home asked;
    if (!sh_home_unpack(&asked, frame->payload, frame->length, 0, 0)) {
        return SH_OUTCOME_WRONG_VALUE;
    }
    if (m->state != SH_STATE_ARMED) {
        return SH_OUTCOME_WRONG_STATE;
    }
    if (asked.entered != m->entered) { /* to home */
        return SH_OUTCOME_OVERTAKEN;
    }
    m->homing = 0;
    m->homing_steps = 0;
    enter(m, SH_STATE_HOMING, 0);
    return SH_OUTCOME_DONE;
}

static uint8_t clear(sh_machine *m, const sh_frame *frame) {
    sh_clear asked;
    if (!sh_clear_unpack(&asked, frame->payload, frame->length, 0, 0)) {
        return SH_OUTCOME_WRONG_VALUE;
    }
    if (asked.boot != m->boot) {
        return SH_OUTCOME_WRONG_BOOT;
    }
    if (m->state != SH_STATE_SAFE && m->state != SH_STATE_ESTOP) {
        return SH_OUTCOME_WRONG_STATE;
    }
    if (asked.entered != m->entered) { /* to clear */
        return SH_OUTCOME_OVERTAKEN;
    }
    if (sh_cause_stands(m)) {
        return SH_OUTCOME_CAUSE_STANDS;
    }
    m->fault = SH_FAULT_NONE;
    m->fault_joint = SH_NO_JOINT;
    m->distrusted = 0;
    enter(m, SH_STATE_IDLE, 0);
    return SH_OUTCOME_DONE;
}

static uint8_t halt(sh_machine *m, const sh_frame *frame) {
    sh_halt asked;
    if (!sh_halt_unpack(&asked, frame->payload, frame->length, 0, 0)) {
        asked.kind = SH_STOP_POWER_OFF; /* a stop that is not understood is the strictest */
    }
    if (m->state == SH_STATE_SAFE || m->state == SH_STATE_ESTOP) { /* stricter is taken, laxer is not */
        if (asked.kind == SH_STOP_POWER_OFF && m->state == SH_STATE_SAFE) {
            m->power_off = true;
        }
        return SH_OUTCOME_DONE;
    }
    sh_make_safe(m, SH_FAULT_STOP, SH_NO_JOINT, asked.kind);
    m->hold_all = asked.kind == SH_STOP_HOLD;
    m->soft = asked.kind == SH_STOP_SOFT;
    m->power_off = m->power_off || asked.kind == SH_STOP_POWER_OFF;
    return SH_OUTCOME_DONE;
}

static void take_command(sh_machine *m, const sh_frame *frame, uint32_t now) {
    sh_command command;
    if (m->state != SH_STATE_ARMED && m->state != SH_STATE_ACTIVE) {
        return;
    }
    if (!sh_command_unpack(&command, frame->payload, frame->length, sh_board.joints, sh_board.channels)) {
        return;
    }
    int32_t left = (int32_t)(command.expires - now);
    if (left <= 0 || left > (int32_t)m->watchdog_ms * 1000) { /* too old, or of a clock that is not ours */
        m->late++;
        return;
    }
    if (m->homed != (uint8_t)((1u << sh_board.joints) - 1u)) {
        m->late++; /* neither positions nor the ends of a range mean anything yet */
        return;
    }
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        const sh_joint_set *set = &m->joints[j];
        command.dq[j] = (int16_t)sh_clamp(command.dq[j], -set->velocity, set->velocity);
        m->ways[j] = sh_way(set, command.dq[j]);
        m->goals[j] = (sh_reference){sh_clamp(command.q[j], set->lower, set->upper), 0, 0};
    }
    m->command = command;
    m->command_sequence = m->receiver.newest = frame->sequence;
    m->expired = false;
    m->heard_us = now;
    if (m->state == SH_STATE_ARMED) {
        enter(m, SH_STATE_ACTIVE, 0);
    }
}

static void answer(sh_machine *m, const sh_frame *frame, uint8_t outcome) {
    sh_result result = {.of = frame->sequence, .asked = frame->type, .outcome = outcome, .state = m->state};
    send(m, SH_RESULT, sh_result_pack(&result, 0, 0, PAYLOAD));
}

static void take(sh_machine *m, const sh_frame *frame, uint32_t now) {
    if (m->state != SH_STATE_ACTIVE) {
        m->heard_us = now; /* an active board lives on commands alone */
    }
    switch (frame->type) {
    case SH_GREET:
        tell_who(m);
        break;
    case SH_PING: {
        sh_ping ping;
        if (sh_ping_unpack(&ping, frame->payload, frame->length, 0, 0)) {
            sh_pong pong = {.token = ping.token, .received = now};
            send(m, SH_PONG, sh_pong_pack(&pong, 0, 0, PAYLOAD));
        }
        break;
    }
    case SH_COMMAND:
        take_command(m, frame, now);
        break;
    case SH_CONFIGURE:
        answer(m, frame, configure(m, frame));
        break;
    case SH_ARM:
        answer(m, frame, arm(m, frame));
        break;
    case SH_DISARM:
        answer(m, frame, disarm(m));
        break;
    case SH_HOME:
        answer(m, frame, home(m, frame));
        break;
    case SH_CLEAR:
        answer(m, frame, clear(m, frame));
        break;
    case SH_HALT:
        answer(m, frame, halt(m, frame));
        break;
    default:
        break; /* not for a board */
    }
}

void sh_listen(sh_machine *m) {
    uint8_t bytes[32], length;
    while ((length = sh_board_receive(bytes, sizeof bytes))) {
        sh_frame frame;
        for (uint8_t at = 0; at < length;) {
            at = (uint8_t)(at + sh_receive(&m->receiver, bytes + at, (uint8_t)(length - at), &frame));
            if (frame.type) {
                uint32_t now = sh_board_time_us();
                if (m->boot == 0) { /* a moment that nobody chose: some boards have nothing else that differs */
                    m->boot = sh_board_boot();
                }
                sh_watch_host(m, now); /* before each: what waited in the line while nobody listened moves nothing */
                take(m, &frame, now);
            }
        }
    }
}

/* ---- a step */

/* Of numbers that any encoder may say: they may wrap, which is a jump like any other. */
static int32_t sum(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

static void sense(sh_machine *m) {
    m->inputs = sh_board_sense(m->sensed, m->channels);
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        m->sensed[j].q = sum(m->sensed[j].q, m->offsets[j]);
    }
}

/* Look for the home of one joint after the other. */
static void go_home(sh_machine *m) {
    while (m->homing < sh_board.joints && m->homed >> m->homing & 1) {
        m->homing++;
        m->homing_steps = 0;
    }
    if (m->homing == sh_board.joints) {
        enter(m, SH_STATE_ARMED, 0);
        return;
    }
    uint8_t j = m->homing;
    if (m->sensed[j].flags & SH_AT_HOME) {
        int32_t off = (int32_t)((uint32_t)sh_joints_built[j].home - (uint32_t)m->sensed[j].q);
        m->offsets[j] = sum(m->offsets[j], off);
        m->sensed[j].q = sh_joints_built[j].home;
        m->references[j].q = sum(m->references[j].q, off); /* as far ahead as it was: it goes on bearing what hangs there */
        m->homed |= (uint8_t)(1u << j);
        m->homing++; /* and led no farther */
        m->homing_steps = 0;
    } else if (++m->homing_steps > HOMING_MS * sh_board.servo_hz / 1000u) {
        sh_make_safe(m, SH_FAULT_HOMING, j, m->sensed[j].q);
    }
}

/* Lead the joint that looks for its home downwards, whatever it weighs: it is not led on while all is used that it may. */
static void drive_home(sh_machine *m, uint8_t j) {
    const sh_joint_set *set = &m->joints[j];
    sh_reference *reference = &m->references[j];
    int16_t dq = (int16_t)(-set->velocity / HOMING_SHARE), most = (int16_t)(set->effort / HOMING_EFFORT);
    if (m->driven[j].effort > -most) { /* the range means nothing yet, and bounds nothing */
        int32_t way = sh_way(set, dq) + reference->part;
        reference->q = sum(reference->q, way >> 8);
        reference->part = (uint8_t)way;
    }
    m->driven[j].flags = SH_POWER;
    m->driven[j].effort = (int16_t)sh_clamp(sh_servo(set, &m->sensed[j], reference, dq, 0), -most, most);
}

static int16_t slowed(int16_t dq) { return (int16_t)(dq - dq / 32 - (dq > 0) + (dq < 0)); }

static void drive_active(sh_machine *m, uint8_t j) {
    const sh_joint_set *set = &m->joints[j];
    const sh_sensed *sensed = &m->sensed[j];
    sh_reference *reference = &m->references[j];
    int16_t dq = m->expired ? 0 : m->command.dq[j], tau = m->command.tau[j];
    switch (m->command.mode) {
    case SH_MODE_POSITION:
        if (!sh_reference_approach(reference, set, &m->goals[j])) {
            dq = sh_pace(set, reference->way);
        }
        if (!m->expired) {
            sh_reference_advance(&m->goals[j], set, m->ways[j]);
        }
        m->driven[j].effort = sh_servo(set, sensed, reference, dq, tau);
        break;
    case SH_MODE_VELOCITY:
        if (!m->expired) {
            sh_reference_advance(reference, set, m->ways[j]);
        }
        m->driven[j].effort = sh_servo(set, sensed, reference, dq, tau);
        break;
    default:
        m->driven[j].effort = m->expired ? sh_damp(set, sensed) : sh_exert(set, sensed, tau);
        break;
    }
}

static void drive_safe(sh_machine *m, uint8_t j) {
    const sh_joint_set *set = &m->joints[j];
    uint8_t behaviour = m->hold_all || (m->soft && m->slowing) ? SH_SAFE_BEHAVIOUR_HOLD : set->safe;
    if (m->power_off || m->distrusted >> j & 1) { /* no power, or nothing to go by, or spared */
        behaviour = sh_joints_built[j].brake ? SH_SAFE_BEHAVIOUR_BRAKE : SH_SAFE_BEHAVIOUR_RELEASE;
    } else if (j == m->fault_joint && sh_joints_built[j].brake) { /* one that is hot or does not follow is spared */
        behaviour = SH_SAFE_BEHAVIOUR_BRAKE;
    }
    sh_driven *driven = &m->driven[j];
    driven->effort = 0;
    driven->flags = 0;
    switch (behaviour) {
    case SH_SAFE_BEHAVIOUR_HOLD:
        m->velocities[j] = m->slowing ? slowed(m->velocities[j]) : 0;
        sh_reference_advance(&m->references[j], set, sh_way(set, m->velocities[j]));
        driven->effort = sh_servo(set, &m->sensed[j], &m->references[j], m->velocities[j], 0);
        driven->flags = SH_POWER;
        break;
    case SH_SAFE_BEHAVIOUR_DAMP:
        driven->effort = sh_damp(set, &m->sensed[j]);
        driven->flags = SH_POWER;
        break;
    case SH_SAFE_BEHAVIOUR_BRAKE:
        driven->flags = SH_BRAKE;
        break;
    default:
        break;
    }
}

static void drive(sh_machine *m) {
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        sh_driven *driven = &m->driven[j];
        switch (m->state) {
        case SH_STATE_ACTIVE:
            driven->flags = SH_POWER;
            drive_active(m, j);
            break;
        case SH_STATE_HOMING:
        case SH_STATE_ARMED:
            if (m->state == SH_STATE_HOMING && j == m->homing) {
                drive_home(m, j);
                break;
            }
            driven->flags = SH_POWER;
            driven->effort = sh_servo(&m->joints[j], &m->sensed[j], &m->references[j], 0, 0);
            break;
        case SH_STATE_SAFE:
            drive_safe(m, j);
            break;
        default:
            driven->effort = 0;
            driven->flags = SH_BRAKE;
            break;
        }
    }
    if (m->slowing) {
        m->slowing--;
    }
}

static void tell_measured(sh_machine *m) {
    sh_telemetry told = {
        .state = m->state, .fault = m->fault, .joint = m->fault_joint, .inputs = m->inputs, .invalid = m->invalid,
        .entered = m->entered,
        .command = m->command_sequence, .late = (uint16_t)(m->late + m->receiver.stale), .corrupt = m->receiver.corrupt,
    };
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        told.q[j] = m->sensed[j].q;
        told.dq[j] = m->sensed[j].dq;
        told.tau[j] = m->sensed[j].tau;
    }
    memcpy(told.channels, m->channels, sizeof told.channels);
    uint8_t length = sh_telemetry_pack(&told, sh_board.joints, sh_board.channels, PAYLOAD);
    uint8_t size = sh_frame_make(m->out, SH_TELEMETRY, m->sequence++, m->stepped_us, length);
    sh_board_send(m->out, size);
}

void sh_start(sh_machine *m) {
    memset(m, 0, sizeof *m);
    m->fault_joint = SH_NO_JOINT;
    m->untold = sh_board.joints;
    m->until_telemetry = 1;
    m->most_behind = (uint16_t)((uint32_t)BEHIND_MS * sh_board.servo_hz / 1000u);
    m->most_still = (uint8_t)((uint32_t)STILL_MS * sh_board.servo_hz / 1000u);
    m->most_since_us = LATE_STEPS * 1000000ul / sh_board.servo_hz;
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        const sh_joint_built *built = &sh_joints_built[j];
        m->joints[j] = (sh_joint_set){
            .lower = built->lower, .upper = built->upper, .tracking = built->tracking, .velocity = built->velocity,
            .effort = built->effort, .safe = built->safe, .stiffness = built->stiffness, .damping = built->damping,
        };
        sh_joint_settle(&m->joints[j], built->dq_unit, sh_board.servo_hz);
        m->homed |= (uint8_t)(built->absolute << j);
        m->driven[j].flags = SH_BRAKE;
    }
    sh_board_drive(m->driven);
    sense(m);
    m->stepped_us = m->heard_us = sh_board_time_us();
    hold_here(m);
}

void sh_step(sh_machine *m) {
    uint32_t now = sh_board_time_us();
    uint32_t since = now - m->stepped_us;
    m->stepped_us = now;
    int32_t before[SH_MOST_JOINTS];
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        before[j] = m->sensed[j].q;
    }
    sense(m);
    sh_watch_joints(m, before, since);
    sh_watch_host(m, now);
    if (m->state == SH_STATE_ACTIVE && (int32_t)(m->command.expires - now) <= 0) {
        m->expired = true;
    }
    if (m->state == SH_STATE_HOMING) {
        go_home(m);
    }
    drive(m);
    sh_board_drive(m->driven);
    if (m->untold < sh_board.joints) {
        tell_joint(m, m->untold++);
    }
    if (--m->until_telemetry == 0) {
        m->until_telemetry = (uint16_t)(sh_board.servo_hz / sh_board.rate_hz);
        tell_measured(m);
    }
}
