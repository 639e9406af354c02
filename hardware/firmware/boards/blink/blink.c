/* The first example: an Arduino Mega with nothing connected to it, and one joint that the chip makes up.
 *
 * The joint's motor is reckoned, and the LED of the Arduino (PB7, pin 13) is lit while the joint is in the upper half of
 * its range. Whoever can make it blink has a host, a line and a board that work; a board for a real joint says in
 * sh_board_sense where that is, and does in sh_board_drive what its motor is to do. */
#include <avr/io.h>

#include "../atmega2560/chip.h"
#include "../bench/bench.h"
#include "board.h"

static sh_driven order;

void sh_pins(void) { DDRB = _BV(PB7); }

uint8_t sh_board_sense(sh_sensed *sensed, int16_t *channels) {
    (void)channels;
    sh_bench_step(&order, sensed);
    if (sensed->q > sh_joints_built->upper / 2) {
        PORTB |= _BV(PB7);
    } else {
        PORTB &= (uint8_t)~_BV(PB7);
    }
    return SH_ESTOP_CLOSED | SH_SUPPLY_GOOD; /* it has neither, and moves nothing */
}

void sh_board_drive(const sh_driven *driven) { order = *driven; }
