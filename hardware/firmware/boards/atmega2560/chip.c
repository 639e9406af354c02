/* What every board on an ATmega2560 at 16 MHz needs: the host's line, the clock, the start, and sleep in between.
 *
 * USART0 at 2 Mbaud is the line. Timer 1 gives the steps and the clock of microseconds. */
#include "chip.h"

#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "machine.h"

#define STEP_US (1000000ul / SH_SERVO_HZ)
#define STEP_COUNTS (2 * STEP_US) /* of timer 1 at 2 MHz */

static sh_machine machine;

/* ---- the host's line */

static volatile uint8_t rx[256], rx_head;
static uint8_t rx_tail;
static uint8_t tx[256];
static volatile uint8_t tx_tail;
static volatile uint8_t tx_head;

ISR(USART0_RX_vect) {
    uint8_t head = rx_head;
    rx[head] = UDR0;
    rx_head = (uint8_t)(head + 1);
}

ISR(USART0_UDRE_vect) {
    uint8_t tail = tx_tail;
    UDR0 = tx[tail++];
    tx_tail = tail;
    if (tail == tx_head) {
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
    }
}

uint8_t sh_board_receive(uint8_t *bytes, uint8_t most) {
    uint8_t tail = rx_tail, length = (uint8_t)(rx_head - tail);
    if (length > most) {
        length = most;
    }
    for (uint8_t k = length; k; k--) {
        *bytes++ = rx[tail++];
    }
    rx_tail = tail;
    return length;
}

bool sh_board_send(const uint8_t *frame, uint8_t length) {
    uint8_t head = tx_head;
    if ((uint8_t)(tx_tail - head - 1) < length) {
        return false;
    }
    while (length--) {
        tx[head++] = *frame++;
    }
    tx_head = head;
    UCSR0B |= _BV(UDRIE0);
    return true;
}

/* ---- the clock */

static volatile uint32_t steps;

ISR(TIMER1_COMPA_vect) { steps++; }

uint32_t sh_board_time_us(void) {
    uint8_t sreg = SREG;
    cli();
    uint32_t whole = steps;
    uint16_t counts = TCNT1;
    if (TIFR1 & _BV(OCF1A) && counts < STEP_COUNTS / 2) {
        whole++; /* it came round while interrupts were off */
    }
    SREG = sreg;
    return whole * STEP_US + counts / 2;
}

/* ---- begin */

uint32_t sh_board_boot(void) {
    static uint32_t EEMEM starts;
    uint32_t count = eeprom_read_dword(&starts) + 1;
    if (count == 0) { /* of an EEPROM that is erased, as in a new chip: zero is no boot number */
        count = 1;
    }
    eeprom_write_dword(&starts, count);
    return count;
}

int main(void) {
    sh_pins();
    UBRR0 = 0;
    UCSR0A = _BV(U2X0);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
    OCR1A = STEP_COUNTS - 1;
    TCCR1A = 0;
    TCCR1B = _BV(WGM12) | _BV(CS11);
    TIMSK1 = _BV(OCIE1A);
    set_sleep_mode(SLEEP_MODE_IDLE);
    sei();
    sh_start(&machine);
    uint32_t done = steps;
    for (;;) {
        sh_listen(&machine);
        cli();
        uint32_t now = steps;
        bool waits = now == done && rx_head == rx_tail;
        if (waits) { /* asleep and awake again within one instruction of interrupts coming on: none is missed */
            sleep_enable();
            sei();
            sleep_cpu();
            sleep_disable();
        } else {
            sei();
        }
        if (now != done) {
            done = now; /* steps that were missed are not made up for: the machine is told how long it was */
            sh_step(&machine);
        }
    }
}
