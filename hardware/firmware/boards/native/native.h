/* The board that is a piece of a program: its line, its clock and its joints are what the program puts here. */
#ifndef SH_NATIVE_H
#define SH_NATIVE_H

#include "machine.h"

#define SH_LINE 4096 /* room of the line, each way [bytes] */

typedef struct {
    uint32_t time_us, boot;
    uint8_t inputs;
    bool bench; /* joints are those of the bench; else what stands in sensed is given and driven is taken */
    int16_t channels[SH_MOST_CHANNELS];
    sh_sensed sensed[SH_MOST_JOINTS];
    sh_driven driven[SH_MOST_JOINTS];
    uint16_t in, in_end, out; /* what of the lines is taken, has come, has gone out */
    uint8_t from_host[SH_LINE], to_host[SH_LINE];
} sh_native;

extern sh_native sh_here;
extern sh_machine sh_machine_here;

/* Size of sh_native, and where its last field lies in it [bytes], for who lays it out anew in another language. */
extern const uint32_t sh_native_layout[2];

/* Start the board afresh. */
void sh_native_start(uint32_t boot);

/* Give it bytes of the host; how many there was room for. */
uint16_t sh_native_give(const uint8_t *bytes, uint16_t length);

/* Take what it has sent; how much. */
uint16_t sh_native_take(uint8_t *bytes, uint16_t most);

/* Listen, then a step. */
void sh_native_step(uint32_t time_us);

#endif
