/* Messages of the joint board's protocol, version 1. Made by `python -m hardware.joint_board.generate` from `protocol.toml`: change that. */
#ifndef SH_MESSAGES_H
#define SH_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#define SH_VERSION 1
#define SH_MOST_JOINTS 8
#define SH_MOST_CHANNELS 24
#define SH_LARGEST 125

/* What a command asks of the joints. */
enum {
    SH_MODE_POSITION = 0,
    SH_MODE_VELOCITY = 1,
    SH_MODE_TORQUE = 2,
};
#define SH_MODE_COUNT 3

/* What a board is doing. Nothing leaves SAFE or ESTOP by itself. */
enum {
    SH_STATE_IDLE = 0,
    SH_STATE_ARMED = 1,
    SH_STATE_HOMING = 2,
    SH_STATE_ACTIVE = 3,
    SH_STATE_SAFE = 4,
    SH_STATE_ESTOP = 5,
};
#define SH_STATE_COUNT 6

/* How a board is asked to stop, in the categories of IEC 60204-1. */
enum {
    SH_STOP_HOLD = 0,
    SH_STOP_SOFT = 1,
    SH_STOP_POWER_OFF = 2,
};
#define SH_STOP_COUNT 3

/* What a joint does in SAFE. */
enum {
    SH_SAFE_BEHAVIOUR_HOLD = 0,
    SH_SAFE_BEHAVIOUR_DAMP = 1,
    SH_SAFE_BEHAVIOUR_RELEASE = 2,
    SH_SAFE_BEHAVIOUR_BRAKE = 3,
};
#define SH_SAFE_BEHAVIOUR_COUNT 4

/* Why a board is in SAFE or ESTOP; the first cause stays until it is cleared. */
enum {
    SH_FAULT_NONE = 0,
    SH_FAULT_WATCHDOG = 1,
    SH_FAULT_STOP = 2,
    SH_FAULT_EMERGENCY_STOP = 3,
    SH_FAULT_POSITION = 4,
    SH_FAULT_VELOCITY = 5,
    SH_FAULT_TRACKING = 6,
    SH_FAULT_ENCODER = 7,
    SH_FAULT_DRIVE = 8,
    SH_FAULT_TEMPERATURE = 9,
    SH_FAULT_SUPPLY = 10,
    SH_FAULT_HOMING = 11,
    SH_FAULT_OVERRUN = 12,
};
#define SH_FAULT_COUNT 13

/* What became of what a host asked for. */
enum {
    SH_OUTCOME_DONE = 0,
    SH_OUTCOME_WRONG_STATE = 1,
    SH_OUTCOME_WRONG_BOOT = 2,
    SH_OUTCOME_WRONG_VALUE = 3,
    SH_OUTCOME_CAUSE_STANDS = 4,
    SH_OUTCOME_NOT_HOMED = 5,
    SH_OUTCOME_NO_WATCHDOG = 6,
    SH_OUTCOME_OVERTAKEN = 7,
};
#define SH_OUTCOME_COUNT 8

/* Ask who is there. Answered by Hello at once, and by one Joint each, one a step. Harmless in every state. */
#define SH_GREET 0x01

/* Ask for the board's time. Answered by Pong. */
#define SH_PING 0x02
typedef struct {
    uint32_t token;
} sh_ping;
uint8_t sh_ping_pack(const sh_ping *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_ping_unpack(sh_ping *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Settings of a joint: range, speed and effort never beyond what it is built for, which Joint says; how its servo is tuned is the host's. Idle alone. Answered by Result, and by the Joint that stands from then on. */
#define SH_CONFIGURE 0x03
typedef struct {
    uint8_t joint;
    uint8_t safe;
    int32_t lower;
    int32_t upper;
    int16_t velocity;
    int16_t effort;
    int32_t tracking;
    uint32_t stiffness;
    uint32_t damping;
} sh_configure;
uint8_t sh_configure_pack(const sh_configure *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_configure_unpack(sh_configure *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Power the drives; each joint is held where it is. Idle alone. Answered by Result. */
#define SH_ARM 0x04
typedef struct {
    uint32_t boot;
    uint16_t entered;
    uint16_t watchdog;
} sh_arm;
uint8_t sh_arm_pack(const sh_arm *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_arm_unpack(sh_arm *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Drives off, brakes on. Armed or active. Answered by Result. */
#define SH_DISARM 0x05

/* Look for the references of all joints that have none. Armed alone. Answered by Result; its end by an Event. */
#define SH_HOME 0x06
typedef struct {
    uint16_t entered;
} sh_home;
uint8_t sh_home_pack(const sh_home *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_home_unpack(sh_home *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Leave SAFE or ESTOP for IDLE, where the cause is gone. Answered by Result. */
#define SH_CLEAR 0x07
typedef struct {
    uint32_t boot;
    uint16_t entered;
} sh_clear;
uint8_t sh_clear_pack(const sh_clear *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_clear_unpack(sh_clear *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Stop. In every state; never refused. Answered by Result. */
#define SH_HALT 0x08
typedef struct {
    uint8_t kind;
} sh_halt;
uint8_t sh_halt_pack(const sh_halt *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_halt_unpack(sh_halt *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* What the joints are to do. The first makes an armed board active. Not answered: Telemetry names the newest that was taken. */
#define SH_COMMAND 0x10
typedef struct {
    uint32_t expires;
    uint8_t mode;
    int32_t q[SH_MOST_JOINTS];
    int16_t dq[SH_MOST_JOINTS];
    int16_t tau[SH_MOST_JOINTS];
} sh_command;
uint8_t sh_command_pack(const sh_command *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_command_unpack(sh_command *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Who is there. */
#define SH_HELLO 0x81
typedef struct {
    uint32_t boot;
    uint8_t joints;
    uint8_t channels;
    uint16_t watchdog_least;
    uint16_t watchdog_most;
    uint16_t servo;
    uint16_t rate;
    uint16_t firmware;
    uint8_t build[8];
    uint8_t board[16];
} sh_hello;
uint8_t sh_hello_pack(const sh_hello *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_hello_unpack(sh_hello *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* A joint as it is set now, what it is built for, and the units of its numbers. */
#define SH_JOINT 0x82
typedef struct {
    uint8_t joint;
    uint8_t prismatic;
    uint8_t homed;
    uint8_t brake;
    uint8_t safe;
    uint32_t dq_unit;
    uint32_t tau_unit;
    int32_t lower;
    int32_t upper;
    int16_t velocity;
    int16_t effort;
    int32_t tracking;
    uint32_t stiffness;
    uint32_t damping;
    int32_t built_lower;
    int32_t built_upper;
    int16_t built_velocity;
    int16_t built_effort;
} sh_joint;
uint8_t sh_joint_pack(const sh_joint *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_joint_unpack(sh_joint *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Answer to what a host asked for. */
#define SH_RESULT 0x83
typedef struct {
    uint16_t of;
    uint8_t asked;
    uint8_t outcome;
    uint8_t state;
} sh_result;
uint8_t sh_result_pack(const sh_result *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_result_unpack(sh_result *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* Answer to Ping; the frame's own time is when it was sent. */
#define SH_PONG 0x84
typedef struct {
    uint32_t token;
    uint32_t received;
} sh_pong;
uint8_t sh_pong_pack(const sh_pong *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_pong_unpack(sh_pong *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* A change of state, told once; what is latched stands in Telemetry as well. */
#define SH_EVENT 0x85
typedef struct {
    uint8_t state;
    uint8_t fault;
    uint8_t joint;
    int32_t value;
} sh_event;
uint8_t sh_event_pack(const sh_event *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_event_unpack(sh_event *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* What was measured; the frame's time is when. */
#define SH_TELEMETRY 0x90
typedef struct {
    uint8_t state;
    uint8_t fault;
    uint8_t joint;
    uint8_t inputs;
    uint8_t invalid;
    uint16_t entered;
    uint16_t command;
    uint16_t late;
    uint16_t corrupt;
    int32_t q[SH_MOST_JOINTS];
    int16_t dq[SH_MOST_JOINTS];
    int16_t tau[SH_MOST_JOINTS];
    int16_t channels[SH_MOST_CHANNELS];
} sh_telemetry;
uint8_t sh_telemetry_pack(const sh_telemetry *m, uint8_t joints, uint8_t channels, uint8_t *out);
bool sh_telemetry_unpack(sh_telemetry *m, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels);

/* For tests: unpack a payload and pack it again; its length, or 255 where it is none. */
uint8_t sh_said_again(uint8_t type, const uint8_t *in, uint8_t length, uint8_t joints, uint8_t channels,
                      uint8_t *out);

#endif
