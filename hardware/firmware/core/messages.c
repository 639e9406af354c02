/* Messages of the joint board's protocol, version 1. Made by `python -m hardware.joint_board.generate` from `protocol.toml`: change that. */
#include "messages.h"

static uint8_t *put16(uint8_t *out, uint16_t value) {
    out[0] = (uint8_t)(value);
    out[1] = (uint8_t)(value >> 8);
    return out + 2;
}

static uint16_t get16(const uint8_t *in) {
    return (uint16_t)((uint16_t)((uint16_t)in[0]) | (uint16_t)((uint16_t)in[1] << 8));
}

static uint8_t *put32(uint8_t *out, uint32_t value) {
    out[0] = (uint8_t)(value);
    out[1] = (uint8_t)(value >> 8);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 24);
    return out + 4;
}

static uint32_t get32(const uint8_t *in) {
    return (uint32_t)((uint32_t)((uint32_t)in[0]) | (uint32_t)((uint32_t)in[1] << 8) | (uint32_t)((uint32_t)in[2] << 16) | (uint32_t)((uint32_t)in[3] << 24));
}

uint8_t sh_ping_pack(const sh_ping *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put32(at, (uint32_t)m->token);
    return (uint8_t)(at - out);
}

bool sh_ping_unpack(sh_ping *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 4) {
        return false;
    }
    const uint8_t *at = in;
    m->token = (uint32_t)get32(at);
    at += 4;
    return true;
}

uint8_t sh_configure_pack(const sh_configure *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    *at++ = (uint8_t)m->joint;
    *at++ = (uint8_t)m->safe;
    at = put32(at, (uint32_t)m->lower);
    at = put32(at, (uint32_t)m->upper);
    at = put16(at, (uint16_t)m->velocity);
    at = put16(at, (uint16_t)m->effort);
    at = put32(at, (uint32_t)m->tracking);
    at = put32(at, (uint32_t)m->stiffness);
    at = put32(at, (uint32_t)m->damping);
    return (uint8_t)(at - out);
}

bool sh_configure_unpack(sh_configure *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 26) {
        return false;
    }
    const uint8_t *at = in;
    m->joint = *at++;
    m->safe = *at++;
    m->lower = (int32_t)get32(at);
    at += 4;
    m->upper = (int32_t)get32(at);
    at += 4;
    m->velocity = (int16_t)get16(at);
    at += 2;
    m->effort = (int16_t)get16(at);
    at += 2;
    m->tracking = (int32_t)get32(at);
    at += 4;
    m->stiffness = (uint32_t)get32(at);
    at += 4;
    m->damping = (uint32_t)get32(at);
    at += 4;
    return m->safe < SH_SAFE_BEHAVIOUR_COUNT;
}

uint8_t sh_arm_pack(const sh_arm *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put32(at, (uint32_t)m->boot);
    at = put16(at, (uint16_t)m->entered);
    at = put16(at, (uint16_t)m->watchdog);
    return (uint8_t)(at - out);
}

bool sh_arm_unpack(sh_arm *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 8) {
        return false;
    }
    const uint8_t *at = in;
    m->boot = (uint32_t)get32(at);
    at += 4;
    m->entered = (uint16_t)get16(at);
    at += 2;
    m->watchdog = (uint16_t)get16(at);
    at += 2;
    return true;
}

uint8_t sh_home_pack(const sh_home *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put16(at, (uint16_t)m->entered);
    return (uint8_t)(at - out);
}

bool sh_home_unpack(sh_home *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 2) {
        return false;
    }
    const uint8_t *at = in;
    m->entered = (uint16_t)get16(at);
    at += 2;
    return true;
}

uint8_t sh_clear_pack(const sh_clear *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put32(at, (uint32_t)m->boot);
    at = put16(at, (uint16_t)m->entered);
    return (uint8_t)(at - out);
}

bool sh_clear_unpack(sh_clear *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 6) {
        return false;
    }
    const uint8_t *at = in;
    m->boot = (uint32_t)get32(at);
    at += 4;
    m->entered = (uint16_t)get16(at);
    at += 2;
    return true;
}

uint8_t sh_halt_pack(const sh_halt *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    *at++ = (uint8_t)m->kind;
    return (uint8_t)(at - out);
}

bool sh_halt_unpack(sh_halt *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 1) {
        return false;
    }
    const uint8_t *at = in;
    m->kind = *at++;
    return m->kind < SH_STOP_COUNT;
}

uint8_t sh_command_pack(const sh_command *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)channels;
    uint8_t *at = out;
    at = put32(at, (uint32_t)m->expires);
    *at++ = (uint8_t)m->mode;
    for (uint8_t k = 0; k < joints; k++) {
        at = put32(at, (uint32_t)m->q[k]);
    }
    for (uint8_t k = 0; k < joints; k++) {
        at = put16(at, (uint16_t)m->dq[k]);
    }
    for (uint8_t k = 0; k < joints; k++) {
        at = put16(at, (uint16_t)m->tau[k]);
    }
    return (uint8_t)(at - out);
}

bool sh_command_unpack(sh_command *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)channels;
    if (length != 5 + 4 * joints + 2 * joints + 2 * joints) {
        return false;
    }
    const uint8_t *at = in;
    m->expires = (uint32_t)get32(at);
    at += 4;
    m->mode = *at++;
    for (uint8_t k = 0; k < joints; k++) {
        m->q[k] = (int32_t)get32(at);
        at += 4;
    }
    for (uint8_t k = 0; k < joints; k++) {
        m->dq[k] = (int16_t)get16(at);
        at += 2;
    }
    for (uint8_t k = 0; k < joints; k++) {
        m->tau[k] = (int16_t)get16(at);
        at += 2;
    }
    return m->mode < SH_MODE_COUNT;
}

uint8_t sh_hello_pack(const sh_hello *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put32(at, (uint32_t)m->boot);
    *at++ = (uint8_t)m->joints;
    *at++ = (uint8_t)m->channels;
    at = put16(at, (uint16_t)m->watchdog_least);
    at = put16(at, (uint16_t)m->watchdog_most);
    at = put16(at, (uint16_t)m->servo);
    at = put16(at, (uint16_t)m->rate);
    at = put16(at, (uint16_t)m->firmware);
    for (uint8_t k = 0; k < 8; k++) {
        *at++ = (uint8_t)m->build[k];
    }
    for (uint8_t k = 0; k < 16; k++) {
        *at++ = (uint8_t)m->board[k];
    }
    return (uint8_t)(at - out);
}

bool sh_hello_unpack(sh_hello *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 40) {
        return false;
    }
    const uint8_t *at = in;
    m->boot = (uint32_t)get32(at);
    at += 4;
    m->joints = *at++;
    m->channels = *at++;
    m->watchdog_least = (uint16_t)get16(at);
    at += 2;
    m->watchdog_most = (uint16_t)get16(at);
    at += 2;
    m->servo = (uint16_t)get16(at);
    at += 2;
    m->rate = (uint16_t)get16(at);
    at += 2;
    m->firmware = (uint16_t)get16(at);
    at += 2;
    for (uint8_t k = 0; k < 8; k++) {
        m->build[k] = *at++;
    }
    for (uint8_t k = 0; k < 16; k++) {
        m->board[k] = *at++;
    }
    return true;
}

uint8_t sh_joint_pack(const sh_joint *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    *at++ = (uint8_t)m->joint;
    *at++ = (uint8_t)m->prismatic;
    *at++ = (uint8_t)m->homed;
    *at++ = (uint8_t)m->brake;
    *at++ = (uint8_t)m->safe;
    at = put32(at, (uint32_t)m->dq_unit);
    at = put32(at, (uint32_t)m->tau_unit);
    at = put32(at, (uint32_t)m->lower);
    at = put32(at, (uint32_t)m->upper);
    at = put16(at, (uint16_t)m->velocity);
    at = put16(at, (uint16_t)m->effort);
    at = put32(at, (uint32_t)m->tracking);
    at = put32(at, (uint32_t)m->stiffness);
    at = put32(at, (uint32_t)m->damping);
    at = put32(at, (uint32_t)m->built_lower);
    at = put32(at, (uint32_t)m->built_upper);
    at = put16(at, (uint16_t)m->built_velocity);
    at = put16(at, (uint16_t)m->built_effort);
    return (uint8_t)(at - out);
}

bool sh_joint_unpack(sh_joint *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 49) {
        return false;
    }
    const uint8_t *at = in;
    m->joint = *at++;
    m->prismatic = *at++;
    m->homed = *at++;
    m->brake = *at++;
    m->safe = *at++;
    m->dq_unit = (uint32_t)get32(at);
    at += 4;
    m->tau_unit = (uint32_t)get32(at);
    at += 4;
    m->lower = (int32_t)get32(at);
    at += 4;
    m->upper = (int32_t)get32(at);
    at += 4;
    m->velocity = (int16_t)get16(at);
    at += 2;
    m->effort = (int16_t)get16(at);
    at += 2;
    m->tracking = (int32_t)get32(at);
    at += 4;
    m->stiffness = (uint32_t)get32(at);
    at += 4;
    m->damping = (uint32_t)get32(at);
    at += 4;
    m->built_lower = (int32_t)get32(at);
    at += 4;
    m->built_upper = (int32_t)get32(at);
    at += 4;
    m->built_velocity = (int16_t)get16(at);
    at += 2;
    m->built_effort = (int16_t)get16(at);
    at += 2;
    return m->safe < SH_SAFE_BEHAVIOUR_COUNT;
}

uint8_t sh_result_pack(const sh_result *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put16(at, (uint16_t)m->of);
    *at++ = (uint8_t)m->asked;
    *at++ = (uint8_t)m->outcome;
    *at++ = (uint8_t)m->state;
    return (uint8_t)(at - out);
}

bool sh_result_unpack(sh_result *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 5) {
        return false;
    }
    const uint8_t *at = in;
    m->of = (uint16_t)get16(at);
    at += 2;
    m->asked = *at++;
    m->outcome = *at++;
    m->state = *at++;
    return m->outcome < SH_OUTCOME_COUNT && m->state < SH_STATE_COUNT;
}

uint8_t sh_pong_pack(const sh_pong *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    at = put32(at, (uint32_t)m->token);
    at = put32(at, (uint32_t)m->received);
    return (uint8_t)(at - out);
}

bool sh_pong_unpack(sh_pong *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 8) {
        return false;
    }
    const uint8_t *at = in;
    m->token = (uint32_t)get32(at);
    at += 4;
    m->received = (uint32_t)get32(at);
    at += 4;
    return true;
}

uint8_t sh_event_pack(const sh_event *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    (void)joints;
    (void)channels;
    uint8_t *at = out;
    *at++ = (uint8_t)m->state;
    *at++ = (uint8_t)m->fault;
    *at++ = (uint8_t)m->joint;
    at = put32(at, (uint32_t)m->value);
    return (uint8_t)(at - out);
}

bool sh_event_unpack(sh_event *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    (void)joints;
    (void)channels;
    if (length != 7) {
        return false;
    }
    const uint8_t *at = in;
    m->state = *at++;
    m->fault = *at++;
    m->joint = *at++;
    m->value = (int32_t)get32(at);
    at += 4;
    return m->state < SH_STATE_COUNT && m->fault < SH_FAULT_COUNT;
}

uint8_t sh_telemetry_pack(const sh_telemetry *m, uint8_t joints, uint8_t channels, uint8_t *out) {
    uint8_t *at = out;
    *at++ = (uint8_t)m->state;
    *at++ = (uint8_t)m->fault;
    *at++ = (uint8_t)m->joint;
    *at++ = (uint8_t)m->inputs;
    *at++ = (uint8_t)m->invalid;
    at = put16(at, (uint16_t)m->entered);
    at = put16(at, (uint16_t)m->command);
    at = put16(at, (uint16_t)m->late);
    at = put16(at, (uint16_t)m->corrupt);
    for (uint8_t k = 0; k < joints; k++) {
        at = put32(at, (uint32_t)m->q[k]);
    }
    for (uint8_t k = 0; k < joints; k++) {
        at = put16(at, (uint16_t)m->dq[k]);
    }
    for (uint8_t k = 0; k < joints; k++) {
        at = put16(at, (uint16_t)m->tau[k]);
    }
    for (uint8_t k = 0; k < channels; k++) {
        at = put16(at, (uint16_t)m->channels[k]);
    }
    return (uint8_t)(at - out);
}

bool sh_telemetry_unpack(sh_telemetry *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels) {
    if (length != 13 + 4 * joints + 2 * joints + 2 * joints + 2 * channels) {
        return false;
    }
    const uint8_t *at = in;
    m->state = *at++;
    m->fault = *at++;
    m->joint = *at++;
    m->inputs = *at++;
    m->invalid = *at++;
    m->entered = (uint16_t)get16(at);
    at += 2;
    m->command = (uint16_t)get16(at);
    at += 2;
    m->late = (uint16_t)get16(at);
    at += 2;
    m->corrupt = (uint16_t)get16(at);
    at += 2;
    for (uint8_t k = 0; k < joints; k++) {
        m->q[k] = (int32_t)get32(at);
        at += 4;
    }
    for (uint8_t k = 0; k < joints; k++) {
        m->dq[k] = (int16_t)get16(at);
        at += 2;
    }
    for (uint8_t k = 0; k < joints; k++) {
        m->tau[k] = (int16_t)get16(at);
        at += 2;
    }
    for (uint8_t k = 0; k < channels; k++) {
        m->channels[k] = (int16_t)get16(at);
        at += 2;
    }
    return m->state < SH_STATE_COUNT && m->fault < SH_FAULT_COUNT;
}

uint8_t sh_said_again(uint8_t type, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels,
                      uint8_t *out) {
    switch (type) {
    case SH_GREET: {
        return length ? 255 : 0;
    }
    case SH_PING: {
        sh_ping m;
        return sh_ping_unpack(&m, in, length, joints, channels)
                   ? sh_ping_pack(&m, joints, channels, out) : 255;
    }
    case SH_CONFIGURE: {
        sh_configure m;
        return sh_configure_unpack(&m, in, length, joints, channels)
                   ? sh_configure_pack(&m, joints, channels, out) : 255;
    }
    case SH_ARM: {
        sh_arm m;
        return sh_arm_unpack(&m, in, length, joints, channels)
                   ? sh_arm_pack(&m, joints, channels, out) : 255;
    }
    case SH_DISARM: {
        return length ? 255 : 0;
    }
    case SH_HOME: {
        sh_home m;
        return sh_home_unpack(&m, in, length, joints, channels)
                   ? sh_home_pack(&m, joints, channels, out) : 255;
    }
    case SH_CLEAR: {
        sh_clear m;
        return sh_clear_unpack(&m, in, length, joints, channels)
                   ? sh_clear_pack(&m, joints, channels, out) : 255;
    }
    case SH_HALT: {
        sh_halt m;
        return sh_halt_unpack(&m, in, length, joints, channels)
                   ? sh_halt_pack(&m, joints, channels, out) : 255;
    }
    case SH_COMMAND: {
        sh_command m;
        return sh_command_unpack(&m, in, length, joints, channels)
                   ? sh_command_pack(&m, joints, channels, out) : 255;
    }
    case SH_HELLO: {
        sh_hello m;
        return sh_hello_unpack(&m, in, length, joints, channels)
                   ? sh_hello_pack(&m, joints, channels, out) : 255;
    }
    case SH_JOINT: {
        sh_joint m;
        return sh_joint_unpack(&m, in, length, joints, channels)
                   ? sh_joint_pack(&m, joints, channels, out) : 255;
    }
    case SH_RESULT: {
        sh_result m;
        return sh_result_unpack(&m, in, length, joints, channels)
                   ? sh_result_pack(&m, joints, channels, out) : 255;
    }
    case SH_PONG: {
        sh_pong m;
        return sh_pong_unpack(&m, in, length, joints, channels)
                   ? sh_pong_pack(&m, joints, channels, out) : 255;
    }
    case SH_EVENT: {
        sh_event m;
        return sh_event_unpack(&m, in, length, joints, channels)
                   ? sh_event_pack(&m, joints, channels, out) : 255;
    }
    case SH_TELEMETRY: {
        sh_telemetry m;
        return sh_telemetry_unpack(&m, in, length, joints, channels)
                   ? sh_telemetry_pack(&m, joints, channels, out) : 255;
    }
    default:
        return 255;
    }
}
