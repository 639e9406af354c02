#include "bench.h"

#include "servo.h"

#define FRICTION 256         /* part of the speed that is lost in a step */
#define BRAKE 8

#define RANGE_FROM_HOME 16   /* part of its range by which a joint that has to be homed begins above its home */

static int32_t begins(const sh_joint_built *built) {
    if (!built->absolute) {
        return built->lower + (built->upper / RANGE_FROM_HOME - built->lower / RANGE_FROM_HOME);
    }
    return sh_clamp(0, built->lower, built->upper);
}

static int32_t speed_q8[SH_MOST_JOINTS]; /* velocity units / 256 */
static sh_reference place[SH_MOST_JOINTS];
static sh_joint_set body[SH_MOST_JOINTS];
static bool begun;

void sh_bench_rest(void) {
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        const sh_joint_built *built = &sh_joints_built[j];
        body[j] = (sh_joint_set){.lower = built->lower, .upper = built->upper, .velocity = built->velocity};
        sh_joint_settle(&body[j], built->dq_unit, sh_board.servo_hz);
        place[j] = (sh_reference){begins(built), 0, 0};
        speed_q8[j] = 0;
    }
    begun = true;
}

void sh_bench_step(const sh_driven *driven, sh_sensed *sensed) {
    if (!begun) {
        sh_bench_rest();
    }
    for (uint8_t j = 0; j < sh_board.joints; j++) {
        const sh_joint_built *built = &sh_joints_built[j];
        int32_t push = driven[j].flags & SH_POWER ? driven[j].effort : 0;
        /* 2^8 for the speed's fraction, 2^20 of the stiffness, 1e-7 / 1e-9 of the units */
        int64_t gain = (int64_t)SH_BANDWIDTH * SH_BANDWIDTH * 100 * (1ll << 28) / sh_board.servo_hz / built->dq_unit;
        speed_q8[j] += (int32_t)(gain * push / built->stiffness);
        speed_q8[j] -= speed_q8[j] / (driven[j].flags & SH_BRAKE ? BRAKE : FRICTION);
        int32_t before = place[j].q;
        int16_t dq = (int16_t)sh_clamp(speed_q8[j] / 256, -32767, 32767);
        sh_reference_advance(&place[j], &body[j], sh_way(&body[j], dq));
        if (place[j].q == before && (before == built->lower || before == built->upper)) {
            speed_q8[j] = 0; /* against its end */
        }
        uint8_t home = !built->absolute && place[j].q <= built->home ? SH_AT_HOME : 0;
        int32_t counted = built->absolute ? place[j].q : place[j].q - begins(built);
        sensed[j] = (sh_sensed){counted, dq, (int16_t)push, (uint8_t)(SH_SURE | home)};
    }
}
