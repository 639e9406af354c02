/* Gives the board what no host would say: random bytes, frames turned here and there, and times that jump; and in between
 * what a good host says for a while, with sensors that follow, so that it also happens while drives are on.
 *
 * usage: fuzz COUNT SEED
 * It fails where the board does what it may not; sanitizers find the rest. What it may not stands in `look`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

#define LED 2048       /* longest stretch in which a good host leads [inputs] */
#define WILD 48        /* one input of so many is wild then */

static uint64_t state;

static uint32_t draw(void) { /* xorshift64*, Vigna 2016 */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)(state * 2685821657736338717u >> 32);
}

static void fail(const char *what, uint64_t at) {
    fprintf(stderr, "%s, input %" PRIu64 "\n", what, at);
    exit(1);
}

/* What was given with an input, and how the board was before it. */
static struct {
    uint8_t state;
    bool stopped_idle;       /* SAFE by a stop that came while it was idle */
    bool cleared;            /* a whole Clear with the right boot, of who saw this state */
    bool wished;             /* a whole Arm of who saw this state */
    uint32_t commanded_us;   /* when a command that could be followed was last given */
    uint32_t armed_us;
    int32_t outside[SH_MOST_JOINTS]; /* how far references were past their range */
    uint16_t sequence;       /* of the host's frames */
    uint16_t entered;        /* count of states */
} was;

static int32_t outside(uint8_t j) {
    const sh_machine *m = &sh_machine_here;
    return abs(m->references[j].q - sh_clamp(m->references[j].q, m->joints[j].lower, m->joints[j].upper));
}

static bool is_powered(uint8_t of) {
    return of == SH_STATE_ARMED || of == SH_STATE_HOMING || of == SH_STATE_ACTIVE;
}

static bool is_latched(uint8_t of) { return of == SH_STATE_SAFE || of == SH_STATE_ESTOP; }

static void look_at_joint(uint8_t j, uint64_t at) {
    const sh_machine *m = &sh_machine_here;
    const sh_driven *driven = &sh_here.driven[j];
    if (driven->effort > m->joints[j].effort || driven->effort < -m->joints[j].effort) {
        fail("an effort beyond its limit", at);
    }
    if (m->joints[j].effort > sh_joints_built[j].effort || m->joints[j].velocity > sh_joints_built[j].velocity) {
        fail("a limit wider than the board's", at);
    }
    if (m->joints[j].lower < sh_joints_built[j].lower || m->joints[j].upper > sh_joints_built[j].upper) {
        fail("a range wider than the board's", at);
    }
    if (!(driven->flags & SH_POWER) && driven->effort) {
        fail("an effort without power", at);
    }
    if (driven->flags & SH_POWER && driven->flags & SH_BRAKE) {
        fail("power against a brake", at);
    }
    if (driven->flags & SH_POWER && !is_powered(m->state) && m->state != SH_STATE_SAFE) {
        fail("power though the board is idle, or its emergency stop is open", at);
    }
    if (driven->flags & SH_POWER && m->state == SH_STATE_SAFE && (was.stopped_idle || (was.state == SH_STATE_IDLE && m->fault == SH_FAULT_STOP))) {
        fail("a stop powered what had no power", at);
    }
    bool lies = !sh_here.bench && (sh_here.sensed[j].flags & SH_FAILED || !(sh_here.sensed[j].flags & SH_SURE));
    if (lies && driven->flags & SH_POWER) {
        fail("power by a sensor that is not sure", at);
    }
    if (!sh_here.bench && sh_here.sensed[j].flags & SH_HOT && was.state == SH_STATE_SAFE && driven->flags & SH_POWER) {
        fail("power for a stage that is hot, though the board is safe", at);
    }
    bool led_by_one = m->state == SH_STATE_ARMED || m->state == SH_STATE_ACTIVE || m->state == SH_STATE_SAFE;
    if (m->entered == was.entered && led_by_one && outside(j) > was.outside[j]) { /* a state begins where the joint is */
        fail("a reference left its range", at);
    }
}

static void look(uint64_t at) {
    const sh_machine *m = &sh_machine_here;
    if (m->state >= SH_STATE_COUNT || m->fault >= SH_FAULT_COUNT) {
        fail("a state that is none", at);
    }
    if (is_latched(m->state) == (m->fault == SH_FAULT_NONE)) {
        fail("a stop without a cause, or a cause without a stop", at);
    }
    if (is_latched(was.state) && !is_latched(m->state) && !was.cleared) {
        fail("a stop that nobody cleared is over", at);
    }
    if (!is_powered(was.state) && is_powered(m->state) && !was.wished) {
        fail("armed by a wish of another state, or by none", at);
    }
    if (!is_powered(was.state) && was.state != SH_STATE_IDLE && is_powered(m->state)) {
        fail("a board that was stopped has power without having been idle", at);
    }
    if (m->state == SH_STATE_ACTIVE && was.state != SH_STATE_ACTIVE && m->homed != (uint8_t)((1u << sh_board.joints) - 1u)) {
        fail("commands are followed without references", at);
    }
    if (!(sh_here.inputs & SH_ESTOP_CLOSED) && m->state != SH_STATE_ESTOP) {
        fail("the emergency stop is open, the board does not stop", at);
    }
    for (uint8_t j = 0; !(sh_here.inputs & SH_SUPPLY_GOOD) && j < sh_board.joints; j++) {
        if (is_powered(m->state) || sh_here.driven[j].flags & SH_POWER) {
            fail("power from a supply that is not good", at);
        }
    }
    uint32_t longest = (uint32_t)m->watchdog_ms * 1000u;
    if (m->state == SH_STATE_ACTIVE && sh_here.time_us - was.commanded_us > longest) {
        fail("active for longer than the watchdog without a command that could be followed", at);
    }
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        look_at_joint(j, at);
    }
}

/* What a host has seen of the count of states: mostly the newest. */
static uint16_t seen(void) { return (uint16_t)(sh_machine_here.entered - (draw() % 8 ? 0 : 1 + draw() % 4)); }

/* A frame of some type with random fields, mostly of the length that it should have. */
static uint8_t make(uint8_t *out) {
    static const uint8_t types[] = {SH_GREET, SH_PING, SH_CONFIGURE, SH_ARM, SH_DISARM, SH_HOME, SH_CLEAR, SH_HALT, SH_COMMAND, SH_TELEMETRY};
    uint8_t type = types[draw() % sizeof types];
    uint8_t *payload = out + 1 + SH_HEADER;
    uint8_t length = (uint8_t)(draw() % SH_LARGEST);
    uint16_t sequence = (uint16_t)draw();
    for (uint8_t k = 0; k < SH_LARGEST; k++) {
        payload[k] = (uint8_t)draw();
    }
    if (draw() % 8) {
        if (type == SH_ARM) {
            sh_arm arm = {sh_machine_here.boot ^ (draw() % 16 == 0), seen(), (uint16_t)(draw() % 300)};
            length = sh_arm_pack(&arm, 0, 0, payload);
        } else if (type == SH_CLEAR) {
            sh_clear clear = {sh_machine_here.boot ^ (draw() % 16 == 0), seen()};
            length = sh_clear_pack(&clear, 0, 0, payload);
        } else if (type == SH_HOME) {
            sh_home home = {seen()};
            length = sh_home_pack(&home, 0, 0, payload);
        } else if (type == SH_COMMAND) {
            sh_command command;
            memset(&command, 0, sizeof command);
            command.expires = sh_here.time_us + draw() % 60000 - 2000;
            command.mode = (uint8_t)(draw() % 4);
            for (uint8_t j = 0; j < sh_board.joints; j++) {
                command.q[j] = (int32_t)draw();
                command.dq[j] = (int16_t)draw();
                command.tau[j] = (int16_t)draw();
            }
            length = sh_command_pack(&command, sh_board.joints, 0, payload);
        } else if (type == SH_CONFIGURE) {
            const sh_joint_built *built = &sh_joints_built[draw() % sh_board.joints];
            sh_configure asked = {
                (uint8_t)(draw() % (sh_board.joints + 1u)), (uint8_t)(draw() % 5), built->lower, built->upper, built->velocity,
                built->effort, (int32_t)draw(), draw() >> draw() % 32, draw() >> draw() % 32,
            };
            length = sh_configure_pack(&asked, 0, 0, payload);
        } else {
            length = type == SH_PING ? 4 : type == SH_HALT ? 1 : type == SH_TELEMETRY ? length : 0;
        }
    }
    return sh_frame_make(out, type, sequence, 0, length);
}

/* What a good host says next. */
static uint8_t lead(uint8_t *out) {
    const sh_machine *m = &sh_machine_here;
    uint8_t *payload = out + 1 + SH_HEADER, length = 0, type = SH_PING;
    memset(payload, 0, SH_LARGEST);
    switch (m->state) {
    case SH_STATE_IDLE: {
        sh_arm arm = {m->boot, m->entered, (uint16_t)(sh_board.watchdog_least_ms + draw() % 60)};
        type = m->boot ? SH_ARM : SH_GREET;
        length = m->boot ? sh_arm_pack(&arm, 0, 0, payload) : 0;
        break;
    }
    case SH_STATE_SAFE:
    case SH_STATE_ESTOP: {
        sh_clear clear = {m->boot, m->entered};
        type = draw() % 8 ? SH_GREET : SH_CLEAR; /* it looks on for a while */
        length = type == SH_CLEAR ? sh_clear_pack(&clear, 0, 0, payload) : 0;
        break;
    }
    case SH_STATE_HOMING:
        length = 4;
        break;
    default: {
        bool homed = m->homed == (uint8_t)((1u << sh_board.joints) - 1u);
        if (m->state == SH_STATE_ARMED && !homed) {
            sh_home home = {m->entered};
            type = SH_HOME;
            length = sh_home_pack(&home, 0, 0, payload);
            break;
        }
        sh_command command;
        memset(&command, 0, sizeof command);
        command.expires = sh_here.time_us + 1000 + draw() % 8000;
        command.mode = (uint8_t)(draw() % 64 ? m->command.mode % 3 : draw() % 3);
        for (uint8_t j = 0; j < sh_board.joints; j++) { /* near where it is, and past the end now and then */
            int32_t near = (int32_t)(draw() % 20001) - 10000;
            command.q[j] = draw() % 64 ? m->references[j].q / 2 + m->references[j].q / 2 + near : (int32_t)draw();
            command.dq[j] = (int16_t)((int32_t)(draw() % 2001) - 1000);
            command.tau[j] = (int16_t)((int32_t)(draw() % 2001) - 1000);
        }
        type = SH_COMMAND;
        length = sh_command_pack(&command, sh_board.joints, 0, payload);
        break;
    }
    }
    return sh_frame_make(out, type, ++was.sequence, 0, length);
}

/* Note what a whole frame asks for, as it will be when the board hears it. */
static void note(const uint8_t *frame, uint8_t length, uint32_t heard_us) {
    static sh_receiver receiver;
    sh_frame found;
    memset(&receiver, 0, sizeof receiver);
    sh_receive(&receiver, frame, length, &found);
    sh_clear clear;
    sh_arm arm;
    sh_command command;
    if (found.type == SH_CLEAR && sh_clear_unpack(&clear, found.payload, found.length, 0, 0)) {
        was.cleared = clear.boot == (sh_machine_here.boot ? sh_machine_here.boot : sh_here.boot) &&
                      clear.entered == sh_machine_here.entered;
    }
    if (found.type == SH_ARM && sh_arm_unpack(&arm, found.payload, found.length, 0, 0)) {
        was.wished = arm.entered == sh_machine_here.entered;
    }
    if (found.type == SH_COMMAND && sh_command_unpack(&command, found.payload, found.length, sh_board.joints, sh_board.channels)) {
        int32_t left = (int32_t)(command.expires - heard_us);
        if (left > 0 && left <= (int32_t)sh_machine_here.watchdog_ms * 1000) {
            was.commanded_us = heard_us;
        }
    }
}

/* Sensors that say what drives could have done, of joints that follow their references. */
static void follow(void) {
    const sh_machine *m = &sh_machine_here;
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        sh_sensed *sensed = &sh_here.sensed[j];
        int32_t most = (int32_t)(m->joints[j].most_jump / 2), goal = (int32_t)((uint32_t)m->references[j].q - (uint32_t)m->offsets[j]);
        if (m->state == SH_STATE_HOMING) {
            goal = sensed->q - most / 16;
        }
        sensed->q += sh_clamp(goal / 2 - sensed->q / 2, -most, most) + (int32_t)(draw() % 3) - 1;
        sensed->dq = (int16_t)((int32_t)(draw() % 201) - 100);
        sensed->tau = sh_here.driven[j].effort;
        sensed->flags = (uint8_t)(SH_SURE | (draw() % 64 ? 0 : SH_AT_HOME));
    }
}

static void wild_sensors(void) {
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        sh_here.sensed[j] = (sh_sensed){(int32_t)draw() >> draw() % 32, (int16_t)draw(), (int16_t)draw(),
                                        (uint8_t)(draw() % 8 ? SH_SURE : draw())};
    }
}

static void start(void) {
    sh_here.bench = draw() % 4 == 0;
    sh_native_start(draw());
    if (draw() % 2) { /* as of a board whose encoders have to be homed */
        sh_machine_here.homed &= (uint8_t)draw();
    }
    was.state = SH_STATE_IDLE;
    was.stopped_idle = false;
    was.commanded_us = sh_here.time_us;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s COUNT SEED\n", argv[0]);
        return 2;
    }
    uint64_t count = strtoull(argv[1], NULL, 10);
    state = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    static uint8_t frame[SH_LONGEST + 2], out[SH_LINE];
    sh_here.inputs = SH_ESTOP_CLOSED | SH_SUPPLY_GOOD;
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        sh_here.sensed[j].flags = SH_SURE;
    }
    start();
    uint64_t whole = 0, turned = 0, in[SH_STATE_COUNT] = {0};
    uint32_t led = 0;
    for (uint64_t k = 0; k < count; k++) {
        if (draw() % 4096 == 0) {
            start();
        }
        led = led ? led - 1 : draw() % 256 ? 0 : draw() % LED;
        bool wild = !led || draw() % WILD == 0;
        if (wild && draw() % 64 == 0) {
            sh_here.inputs = (uint8_t)(draw() % 8 ? SH_ESTOP_CLOSED | SH_SUPPLY_GOOD : draw());
        } else if (led) {
            sh_here.inputs = SH_ESTOP_CLOSED | SH_SUPPLY_GOOD;
        }
        if (!sh_here.bench && wild && draw() % 16 == 0) {
            wild_sensors();
        } else if (!sh_here.bench && led) {
            follow();
        }
        uint32_t heard_us = sh_here.time_us + (!wild || draw() % 32 ? 1000 : draw() % 100000);
        uint8_t length;
        bool corrupt = false;
        was.cleared = was.wished = false;
        switch (wild ? draw() % 4 : 4) {
        case 0: /* noise */
            length = (uint8_t)(draw() % sizeof frame);
            for (uint8_t j = 0; j < length; j++) {
                frame[j] = (uint8_t)(draw() % 8 ? draw() : 0);
            }
            break;
        case 1: /* a frame with a bit turned */
            length = make(frame);
            frame[draw() % (length - 1u)] ^= (uint8_t)(1u << draw() % 8);
            corrupt = true;
            turned++;
            break;
        case 4:
            length = lead(frame);
            note(frame, length, heard_us);
            whole++;
            break;
        default:
            length = make(frame);
            note(frame, length, heard_us);
            whole++;
            break;
        }
        was.state = sh_machine_here.state;
        was.entered = sh_machine_here.entered;
        for (uint8_t j = 0; j < sh_board.joints; j++) {
            was.outside[j] = outside(j);
        }
        if (corrupt) { /* in step before it, so that it stands alone */
            uint8_t end = 0;
            sh_native_give(&end, 1);
            sh_listen(&sh_machine_here);
            sh_receiver receiver = sh_machine_here.receiver;
            sh_frame found;
            for (uint8_t j = 0; j < length;) {
                j = (uint8_t)(j + sh_receive(&receiver, frame + j, (uint8_t)(length - j), &found));
                if (found.type) {
                    fail("a corrupt frame was taken", k);
                }
            }
        }
        sh_native_give(frame, length);
        sh_native_step(heard_us);
        in[sh_machine_here.state]++;
        look(k);
        was.stopped_idle = sh_machine_here.state == SH_STATE_SAFE && sh_machine_here.fault == SH_FAULT_STOP &&
                           (was.stopped_idle || was.state == SH_STATE_IDLE);
        sh_native_take(out, sizeof out);
    }
    printf("%" PRIu64 " inputs, %" PRIu64 " whole frames, %" PRIu64 " turned; in thousandths: ", count, whole, turned);
    static const char *const names[] = {"idle", "armed", "homing", "active", "safe", "estop"};
    for (uint8_t k = 0; k < SH_STATE_COUNT; k++) {
        printf("%s %" PRIu64 "%s", names[k], 1000 * in[k] / (count ? count : 1), k + 1 < SH_STATE_COUNT ? ", " : "\n");
    }
    return whole && turned && in[SH_STATE_ACTIVE] && in[SH_STATE_HOMING] ? 0 : 1;
}
