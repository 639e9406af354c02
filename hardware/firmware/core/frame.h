/* Frames: header, payload and CRC-32, stuffed by COBS, ended by a zero byte. */
#ifndef SH_FRAME_H
#define SH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "messages.h"

#define SH_HEADER 8
#define SH_CRC 4
#define SH_LONGEST (SH_LARGEST + SH_HEADER + SH_CRC + 2)

#if SH_LONGEST > 254
#error "a frame would need more than one byte of stuffing"
#endif

typedef struct {
    uint8_t type;
    uint16_t sequence;
    uint8_t length; /* of the payload */
    const uint8_t *payload;
} sh_frame;

/* Takes bytes of a line and finds frames in them. */
typedef struct {
    uint8_t bytes[SH_LONGEST];
    uint8_t length;
    bool too_long;
    uint16_t corrupt; /* stretches between two zeros that were no frame; wraps */
    bool skips;       /* whether commands that are not newer than the newest are left unread */
    uint16_t newest, stale; /* its sequence, and how many were; wrap */
} sh_receiver;

uint32_t sh_crc32(const uint8_t *data, uint8_t length);

/* Take bytes of the line up to the end of a frame, or all; how many were taken. Where that ends a whole frame of our
 * version it is found, and stays until the next bytes are given; else its type is 0. */
uint8_t sh_receive(sh_receiver *receiver, const uint8_t *bytes, uint8_t length, sh_frame *frame);

/* Make a frame of a payload that stands at out + 1 + SH_HEADER: header, CRC, stuffing and end; its length. */
uint8_t sh_frame_make(uint8_t *out, uint8_t type, uint16_t sequence, uint32_t time_us, uint8_t payload);

#endif
