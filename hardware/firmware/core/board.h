/* What a board gives to the core: its line, its clock, its joints. One file a board implements this, and no more.
 *
 * The core never waits, allocates nothing and uses no floating point. It calls these from one place, never from an
 * interrupt; a board that uses interrupts keeps their data to itself. */
#ifndef SH_BOARD_H
#define SH_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

/* What does not change while a board is on. */
typedef struct {
    char name[16];         /* ASCII, padded with zeros */
    uint8_t joints;        /* at most SH_MOST_JOINTS */
    uint8_t channels;      /* at most SH_MOST_CHANNELS */
    uint16_t servo_hz;     /* how often sh_step is called */
    uint16_t rate_hz;      /* of telemetry, and of commands that it can take; divides servo_hz */
    uint16_t watchdog_least_ms, watchdog_most_ms;
} sh_board_info;

/* A joint as it is built. Limits are the widest that a host may set. */
typedef struct {
    bool prismatic;
    bool brake;             /* there is one */
    bool absolute;          /* its encoder knows where it is without homing */
    uint8_t safe;           /* SH_SAFE_BEHAVIOUR_... */
    uint32_t dq_unit;       /* velocity of one unit [1e-9 rad/s or m/s] */
    uint32_t tau_unit;      /* effort of one unit [1e-9 Nm or N] */
    int32_t lower, upper;   /* [1e-7 rad or m] */
    int32_t home;           /* where it is when its home switch closes, which it approaches downwards */
    int16_t velocity, effort;
    int16_t breakaway;      /* a change of effort that moves it, whatever its friction */
    int32_t tracking;
    uint32_t stiffness, damping;
} sh_joint_built;

enum {                      /* flags of what a drive stage says */
    SH_SURE = 1,            /* its position may be acted on */
    SH_FAILED = 2,
    SH_HOT = 4,
    SH_AT_HOME = 8,         /* its home switch is closed */
};

typedef struct {
    int32_t q;
    int16_t dq, tau;
    uint8_t flags;
} sh_sensed;

enum {                      /* flags of what a drive stage is asked for */
    SH_POWER = 1,
    SH_BRAKE = 2,
};

typedef struct {
    int16_t effort;
    uint8_t flags;
} sh_driven;

enum {                      /* inputs of the board as a whole */
    SH_ESTOP_CLOSED = 1,
    SH_SUPPLY_GOOD = 2,
};

extern const sh_board_info sh_board;
extern const sh_joint_built sh_joints_built[];
extern const uint8_t sh_build[8]; /* first bytes of the hash of the sources */

/* Another number at each start, not zero; asked for once, as the host is first heard. */
uint32_t sh_board_boot(void);

/* Time since the start; wraps [us]. */
uint32_t sh_board_time_us(void);

/* Bytes that have come from the host, at most so many; how many there were. */
uint8_t sh_board_receive(uint8_t *bytes, uint8_t most);

/* Send a whole frame to the host, or nothing where there is no room for all of it. */
bool sh_board_send(const uint8_t *frame, uint8_t length);

/* Take what every drive stage says, and the further sensors; at the beginning of a step. The inputs of the board. */
uint8_t sh_board_sense(sh_sensed *sensed, int16_t *channels);

/* Give every drive stage its order; at the end of a step. */
void sh_board_drive(const sh_driven *driven);

#endif
