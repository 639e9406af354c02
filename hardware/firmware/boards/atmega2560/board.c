/* The joint board on an ATmega2560: its drive stages.
 *
 * They are behind a gate array on a parallel bus: PORTA brings it a byte, and a pulse on PG0 takes that and puts another on
 * PINC. While PB0 is low it says the inputs, the further sensors, and of each joint position, velocity, effort and flags;
 * while PB1 is low it hears of each joint effort and flags; both end with the sum, turned. The emergency stop line goes
 * from PD2 through all buttons to ground: low while it is closed, and pulled up where it is open or broken. */
#include <avr/io.h>
#include <string.h>

#include "board.h"
#include "chip.h"

void sh_pins(void) {
    DDRA = 0xFF;
    DDRG = _BV(PG0);
    PORTB = DDRB = _BV(PB0) | _BV(PB1);
    PORTD = _BV(PD2); /* the pull-up of the emergency stop line */
}

static uint8_t swap(uint8_t out) {
    PORTA = out;
    PORTG |= _BV(PG0);
    PORTG &= (uint8_t)~_BV(PG0); /* two cycles, as long as a pin takes to be read */
    return PINC;
}

uint8_t sh_board_sense(sh_sensed *sensed, int16_t *channels) {
    static sh_sensed heard[SH_MOST_JOINTS]; /* little-endian without gaps, as an AVR has it */
    static int16_t sensors[SH_MOST_CHANNELS];
    PORTB &= (uint8_t)~_BV(PB0);
    uint8_t inputs = swap(0), sum = inputs;
    uint8_t *at = (uint8_t *)sensors;
    for (uint8_t k = (uint8_t)(2 * sh_board.channels); k; k--) {
        sum = (uint8_t)(sum + (*at++ = swap(0)));
    }
    at = (uint8_t *)heard;
    for (uint8_t k = (uint8_t)(sizeof *heard * sh_board.joints); k; k--) {
        sum = (uint8_t)(sum + (*at++ = swap(0)));
    }
    bool good = (uint8_t)(sum + swap(0)) == 0xFF;
    PORTB |= _BV(PB0);
    uint8_t closed = PIND & _BV(PD2) ? 0 : SH_ESTOP_CLOSED;
    if (!good) { /* nobody answers, or nobody understands */
        for (uint8_t j = 0; j < sh_board.joints; j++) {
            sensed[j].flags = SH_FAILED;
        }
        return (uint8_t)(closed | SH_SUPPLY_GOOD);
    }
    memcpy(sensed, heard, sizeof *heard * sh_board.joints);
    memcpy(channels, sensors, sizeof *sensors * sh_board.channels);
    return (uint8_t)(closed | (inputs & (uint8_t)~SH_ESTOP_CLOSED));
}

void sh_board_drive(const sh_driven *driven) {
    const uint8_t *at = (const uint8_t *)driven;
    uint8_t sum = 0;
    PORTB &= (uint8_t)~_BV(PB1);
    for (uint8_t k = (uint8_t)(sizeof *driven * sh_board.joints); k; k--) {
        sum = (uint8_t)(sum + *at);
        swap(*at++);
    }
    swap((uint8_t)~sum);
    PORTB |= _BV(PB1);
}
