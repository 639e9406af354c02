#include "native.h"

#include <stddef.h>
#include <string.h>

#include "../bench/bench.h"

sh_native sh_here;
sh_machine sh_machine_here;
const uint32_t sh_native_layout[2] = {sizeof(sh_native), offsetof(sh_native, to_host)};

uint32_t sh_board_boot(void) { return sh_here.boot; }

uint32_t sh_board_time_us(void) { return sh_here.time_us; }

uint8_t sh_board_receive(uint8_t *bytes, uint8_t most) {
    uint16_t left = (uint16_t)(sh_here.in_end - sh_here.in);
    uint8_t length = left < most ? (uint8_t)left : most;
    memcpy(bytes, sh_here.from_host + sh_here.in, length);
    sh_here.in = (uint16_t)(sh_here.in + length);
    if (sh_here.in == sh_here.in_end) {
        sh_here.in = sh_here.in_end = 0;
    }
    return length;
}

bool sh_board_send(const uint8_t *frame, uint8_t length) {
    if (sh_here.out + length > SH_LINE) {
        return false;
    }
    memcpy(sh_here.to_host + sh_here.out, frame, length);
    sh_here.out = (uint16_t)(sh_here.out + length);
    return true;
}

uint8_t sh_board_sense(sh_sensed *sensed, int16_t *channels) {
    if (sh_here.bench) {
        sh_bench_step(sh_here.driven, sh_here.sensed);
    }
    memcpy(sensed, sh_here.sensed, sh_board.joints * sizeof *sensed);
    memcpy(channels, sh_here.channels, sh_board.channels * sizeof *channels);
    return sh_here.inputs;
}

void sh_board_drive(const sh_driven *driven) { memcpy(sh_here.driven, driven, sh_board.joints * sizeof *driven); }

void sh_native_start(uint32_t boot) {
    sh_here.boot = boot;
    sh_here.in = sh_here.in_end = sh_here.out = 0;
    sh_start(&sh_machine_here);
}

uint16_t sh_native_give(const uint8_t *bytes, uint16_t length) {
    uint16_t room = (uint16_t)(SH_LINE - sh_here.in_end);
    uint16_t taken = length < room ? length : room;
    memcpy(sh_here.from_host + sh_here.in_end, bytes, taken);
    sh_here.in_end = (uint16_t)(sh_here.in_end + taken);
    return taken;
}

uint16_t sh_native_take(uint8_t *bytes, uint16_t most) {
    uint16_t taken = sh_here.out < most ? sh_here.out : most;
    memcpy(bytes, sh_here.to_host, taken);
    sh_here.out = (uint16_t)(sh_here.out - taken);
    memmove(sh_here.to_host, sh_here.to_host + taken, sh_here.out);
    return taken;
}

void sh_native_step(uint32_t time_us) {
    sh_here.time_us = time_us;
    sh_listen(&sh_machine_here);
    sh_step(&sh_machine_here);
}
