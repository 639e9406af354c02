/* Gives the board what no host would say: random bytes, frames turned here and there, and times that jump.
 *
 * usage: fuzz COUNT SEED
 * It fails where a joint's effort is beyond its limit, where drives are on though the board is not, or a corrupt frame
 * was taken; sanitizers find the rest. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

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

static void look(uint64_t at) {
    sh_machine *m = &sh_machine_here;
    if (m->state >= SH_STATE_COUNT || m->fault >= SH_FAULT_COUNT) {
        fail("a state that is none", at);
    }
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        const sh_driven *driven = &sh_here.driven[j];
        if (driven->effort > sh_joints_built[j].effort || driven->effort < -sh_joints_built[j].effort) {
            fail("an effort beyond its limit", at);
        }
        if (m->joints[j].lower < sh_joints_built[j].lower || m->joints[j].upper > sh_joints_built[j].upper) {
            fail("a range wider than the board's", at);
        }
    }
}

/* A frame of some type with random fields, mostly of the length that it should have. */
static uint8_t make(uint8_t *out) {
    static const uint8_t types[] = {SH_GREET, SH_PING, SH_CONFIGURE, SH_ARM, SH_DISARM, SH_HOME, SH_CLEAR, SH_HALT, SH_COMMAND, SH_TELEMETRY};
    uint8_t type = types[draw() % sizeof types];
    uint8_t *payload = out + 1 + SH_HEADER;
    uint8_t length = (uint8_t)(draw() % SH_LARGEST);
    for (uint8_t k = 0; k < SH_LARGEST; k++) {
        payload[k] = (uint8_t)draw();
    }
    if (draw() % 8) {
        if (type == SH_ARM) {
            sh_arm arm = {sh_machine_here.boot ^ (draw() % 16 == 0), (uint16_t)(draw() % 300)};
            length = sh_arm_pack(&arm, 0, 0, payload);
        } else if (type == SH_CLEAR) {
            sh_clear clear = {sh_machine_here.boot ^ (draw() % 16 == 0)};
            length = sh_clear_pack(&clear, 0, 0, payload);
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
    return sh_frame_make(out, type, (uint16_t)draw(), 0, length);
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
    sh_native_start(1);
    uint64_t whole = 0, turned = 0, active = 0;
    for (uint64_t k = 0; k < count; k++) {
        if (draw() % 4096 == 0) {
            sh_here.bench = draw() % 2;
            sh_native_start(draw());
        }
        if (draw() % 64 == 0) {
            sh_here.inputs = (uint8_t)(draw() % 8 ? SH_ESTOP_CLOSED | SH_SUPPLY_GOOD : draw());
        }
        if (!sh_here.bench && draw() % 16 == 0) {
            for (uint8_t j = 0; j < sh_board.joints; j++) {
                sh_here.sensed[j] = (sh_sensed){(int32_t)draw() >> draw() % 32, (int16_t)draw(), (int16_t)draw(),
                                                (uint8_t)(draw() % 8 ? SH_SURE : draw())};
            }
        }
        uint8_t length;
        bool corrupt = false;
        switch (draw() % 4) {
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
        default:
            length = make(frame);
            whole++;
            break;
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
        sh_native_step(sh_here.time_us + (draw() % 32 ? 1000 : draw() % 100000));
        active += sh_machine_here.state == SH_STATE_ACTIVE;
        look(k);
        sh_native_take(out, sizeof out);
    }
    printf("%" PRIu64 " inputs, %" PRIu64 " whole frames, %" PRIu64 " turned, active in %" PRIu64 " steps\n", count, whole, turned, active);
    return whole && turned && active ? 0 : 1;
}
