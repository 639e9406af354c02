#include "frame.h"

#include "tables.h"

uint32_t sh_crc32(const uint8_t *data, uint8_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    while (length--) {
        crc = sh_crc_table((uint8_t)(crc ^ *data++)) ^ (crc >> 8);
    }
    return ~crc;
}

/* Undo the stuffing in place; the length of what it stands for, 0 where it is none. */
static uint8_t unstuff(uint8_t *bytes, uint8_t length) {
    uint8_t from = 0, to = 0;
    while (from < length) {
        uint8_t code = bytes[from];
        if (code == 0 || code > length - from) { /* a zero never gets here; a code may point past the end */
            return 0;
        }
        from++;
        for (uint8_t k = 1; k < code; k++) {
            bytes[to++] = bytes[from++];
        }
        if (code < 255 && from < length) {
            bytes[to++] = 0;
        }
    }
    return to;
}

static uint32_t word(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* What stands between two zeros. */
static void end(sh_receiver *receiver, sh_frame *frame) {
    uint8_t stuffed = receiver->length;
    bool too_long = receiver->too_long;
    receiver->length = 0;
    receiver->too_long = false;
    if (stuffed == 0) {
        return; /* a zero alone puts a receiver in step */
    }
    uint8_t *data = receiver->bytes;
    uint8_t length = too_long ? 0 : unstuff(data, stuffed);
    if (receiver->skips && length > SH_HEADER && data[1] == SH_COMMAND) {
        uint16_t sequence = (uint16_t)(data[2] | data[3] << 8);
        if ((int16_t)(sequence - receiver->newest) <= 0) {
            receiver->stale++; /* doubled, or overtaken: not worth the time of its checksum, as it is not taken anyhow */
            return;
        }
    }
    if (length < SH_HEADER + SH_CRC || sh_crc32(data, (uint8_t)(length - SH_CRC)) != word(data + length - SH_CRC)) {
        receiver->corrupt++;
        return;
    }
    if (data[0] != SH_VERSION) {
        return;
    }
    frame->type = data[1];
    frame->sequence = (uint16_t)(data[2] | data[3] << 8);
    frame->length = (uint8_t)(length - SH_HEADER - SH_CRC);
    frame->payload = data + SH_HEADER;
}

uint8_t sh_receive(sh_receiver *receiver, const uint8_t *bytes, uint8_t length, sh_frame *frame) {
    const uint8_t *at = bytes, *stop = bytes + length;
    uint8_t *to = receiver->bytes + receiver->length, *full = receiver->bytes + SH_LONGEST - 1;
    frame->type = 0;
    while (at < stop) {
        uint8_t byte = *at++;
        if (byte == 0) {
            receiver->length = (uint8_t)(to - receiver->bytes);
            end(receiver, frame);
            return (uint8_t)(at - bytes);
        }
        if (to < full) {
            *to++ = byte;
        } else {
            receiver->too_long = true;
        }
    }
    receiver->length = (uint8_t)(to - receiver->bytes);
    return length;
}

static void put(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

uint8_t sh_frame_make(uint8_t *out, uint8_t type, uint16_t sequence, uint32_t time_us, uint8_t payload) {
    uint8_t *body = out + 1;
    uint8_t length = (uint8_t)(SH_HEADER + payload);
    body[0] = SH_VERSION;
    body[1] = type;
    body[2] = (uint8_t)sequence;
    body[3] = (uint8_t)(sequence >> 8);
    put(body + 4, time_us);
    put(body + length, sh_crc32(body, length));
    length = (uint8_t)(length + SH_CRC);
    uint8_t *code = out; /* each zero becomes the way to the next one; as a frame is short, nothing moves */
    for (uint8_t k = 1; k <= length; k++) {
        if (out[k] == 0) {
            *code = (uint8_t)(out + k - code);
            code = out + k;
        }
    }
    *code = (uint8_t)(out + length + 1 - code);
    out[length + 1] = 0;
    return (uint8_t)(length + 2);
}
