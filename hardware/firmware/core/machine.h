/* The board's states: what it listens to, what it does with its joints, and what makes it safe. */
#ifndef SH_MACHINE_H
#define SH_MACHINE_H

#include "board.h"
#include "frame.h"
#include "servo.h"

#define SH_FIRMWARE 1 /* version of the firmware */
#define SH_NO_JOINT 255

typedef struct {
    uint8_t state, fault, fault_joint;
    uint16_t entered;  /* counts states: what was wished in another is not done in this */
    uint32_t boot;
    uint16_t sequence; /* of frames that were sent */
    uint16_t watchdog_ms;
    uint32_t heard_us;     /* when the host last said anything that keeps the board going */
    uint32_t stepped_us;   /* when the last step began */
    uint16_t until_telemetry;
    uint16_t slowing;      /* steps for which references still slow down */
    bool soft;             /* every joint slows down first, whatever is safe for it */
    bool hold_all;         /* in SAFE every joint is held, whatever is safe for it */
    bool power_off;        /* in SAFE nothing is powered, whatever is safe for it */
    uint8_t inputs, invalid, homed;
    uint8_t untold;        /* joint that is told next to who asked: one a step, as lines are short */
    uint8_t homing;        /* joint that looks for its reference */
    uint32_t homing_steps;
    uint16_t late, command_sequence;
    uint8_t distrusted;    /* a bit a joint that is not driven until the board was cleared, whatever its first cause */
    bool expired;          /* the command was followed to its end */
    sh_command command;
    sh_joint_set joints[SH_MOST_JOINTS];
    sh_reference references[SH_MOST_JOINTS];
    int16_t velocities[SH_MOST_JOINTS]; /* of references that slow down */
    uint16_t behind[SH_MOST_JOINTS];    /* steps for which a joint has not followed */
    uint16_t most_behind;               /* longest that one may not follow [steps] */
    uint8_t still[SH_MOST_JOINTS];      /* steps for which an encoder has said the same, up to most_still */
    uint8_t most_still;
    int32_t usual[SH_MOST_JOINTS];      /* mean of what its drive exerted as it last moved [1/16 effort units] */
    uint32_t most_since_us;             /* a step that comes later is an overrun */
    int32_t ways[SH_MOST_JOINTS];       /* of a step at the velocities of the command */
    sh_reference goals[SH_MOST_JOINTS]; /* where the command has come to: until the next it goes on as it was going */
    int32_t offsets[SH_MOST_JOINTS];    /* what homing found */
    sh_sensed sensed[SH_MOST_JOINTS];
    sh_driven driven[SH_MOST_JOINTS];
    int16_t channels[SH_MOST_CHANNELS];
    sh_receiver receiver;
    uint8_t out[SH_LONGEST + 2];
} sh_machine;

/* Start: drives off, brakes on, nothing moves. */
void sh_start(sh_machine *m);

/* Take what the host has sent; as often as there is time. */
void sh_listen(sh_machine *m);

/* A step of the servo: sense, watch, drive, tell; sh_board.servo_hz times a second. */
void sh_step(sh_machine *m);

#endif
