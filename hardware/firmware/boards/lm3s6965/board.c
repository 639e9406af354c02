/* The joint board on an LM3S6965 (Cortex-M3), as QEMU emulates it: UART0 is the host's line, SysTick the clock, and the
 * joints are those of the bench. */
#include <stddef.h>
#include <string.h>

#include "../bench/bench.h"
#include "machine.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x4000C000)
#define UART_FLAGS REGISTER(0x4000C018)
#define UART_RX_EMPTY (1u << 4)
#define UART_TX_EMPTY (1u << 7)
#define FIFO 16
#define UART_BAUD_WHOLE REGISTER(0x4000C024)
#define UART_BAUD_PART REGISTER(0x4000C028)
#define UART_LINE REGISTER(0x4000C02C)
#define UART_CONTROL REGISTER(0x4000C030)
#define UART_MASK REGISTER(0x4000C038)
#define UART_CLEAR REGISTER(0x4000C044)
#define CLOCK_GATE_1 REGISTER(0x400FE104)
#define CLOCK_GATE_2 REGISTER(0x400FE108)
#define SYSTICK_CONTROL REGISTER(0xE000E010)
#define SYSTICK_RELOAD REGISTER(0xE000E014)
#define SYSTICK_VALUE REGISTER(0xE000E018)
#define INTERRUPT_STATE REGISTER(0xE000ED04)
#define SYSTICK_PENDING (1u << 26)
#define INTERRUPT_ENABLE REGISTER(0xE000E100)

#define CLOCK_HZ 12000000u /* as it is after a reset */
#define STEP_US (1000000u / SH_SERVO_HZ)
#define COUNTS (CLOCK_HZ / SH_SERVO_HZ)

static sh_machine machine;

/* ---- the host's line */

static volatile uint8_t rx[512];
static volatile uint16_t rx_head;
static uint16_t rx_tail;

static void uart(void) {
    UART_CLEAR = 0x7F0;
    while (!(UART_FLAGS & UART_RX_EMPTY)) {
        rx[rx_head] = (uint8_t)UART_DATA;
        rx_head = (uint16_t)((rx_head + 1) % sizeof rx);
    }
}

uint8_t sh_board_receive(uint8_t *bytes, uint8_t most) {
    uint8_t length = 0;
    while (length < most && rx_tail != rx_head) {
        bytes[length++] = rx[rx_tail];
        rx_tail = (uint16_t)((rx_tail + 1) % sizeof rx);
    }
    return length;
}

bool sh_board_send(const uint8_t *frame, uint8_t length) {
    for (uint8_t k = 0; k < length; k++) {
        while (k % FIFO == 0 && !(UART_FLAGS & UART_TX_EMPTY)) { /* asked for once for so many: it is a slow question */
        }
        UART_DATA = frame[k];
    }
    return true;
}

/* ---- the clock */

static volatile uint32_t steps;

static void systick(void) { steps++; }

uint32_t sh_board_time_us(void) {
    uint32_t before, counts, pending;
    do { /* a step may come in between, and a count may come round that was not taken yet */
        before = steps;
        counts = SYSTICK_VALUE;
        pending = INTERRUPT_STATE & SYSTICK_PENDING;
    } while (before != steps);
    if (pending) {
        counts = SYSTICK_VALUE;
        before++;
    }
    return before * STEP_US + (COUNTS - 1 - counts) / (CLOCK_HZ / 1000000u);
}

uint32_t sh_board_boot(void) { return (steps << 14 ^ SYSTICK_VALUE) | 1u; }

/* ---- joints */

static sh_driven given[SH_MOST_JOINTS];

uint8_t sh_board_sense(sh_sensed *sensed, int16_t *channels) {
    memset(channels, 0, sizeof *channels * sh_board.channels);
    sh_bench_step(given, sensed);
    return SH_ESTOP_CLOSED | SH_SUPPLY_GOOD;
}

void sh_board_drive(const sh_driven *driven) { memcpy(given, driven, sizeof *driven * sh_board.joints); }

/* ---- begin */

static void run(void) {
    CLOCK_GATE_1 |= 1u;
    CLOCK_GATE_2 |= 1u;
    UART_CONTROL = 0;
    UART_BAUD_WHOLE = 0;
    UART_BAUD_PART = 48; /* 0.75 + : 1 Mbaud at 12 MHz */
    UART_LINE = 0x70;    /* 8 bits, FIFOs */
    UART_MASK = 0x50;    /* received, and what waits */
    UART_CONTROL = 0x301;
    INTERRUPT_ENABLE = 1u << 5;
    SYSTICK_RELOAD = COUNTS - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    sh_start(&machine);
    uint32_t done = steps;
    for (;;) {
        sh_listen(&machine);
        uint32_t now = steps;
        if (now != done) {
            done = now;
            sh_step(&machine);
        } else {
            __asm__ volatile("wfi"); /* a step comes within a millisecond, whatever is missed here */
        }
    }
}

extern uint32_t load, begin_data, end_data, begin_bss, end_bss, end_stack;

void reset(void) {
    memcpy(&begin_data, &load, (size_t)((uint8_t *)&end_data - (uint8_t *)&begin_data));
    memset(&begin_bss, 0, (size_t)((uint8_t *)&end_bss - (uint8_t *)&begin_bss));
    run();
}

static void halt(void) {
    for (;;) { /* the host's watchdog is the board's silence; drives have one of their own */
    }
}

__attribute__((section(".vectors"), used)) void (*const vectors[16 + 6])(void) = {
    (void (*)(void))(uintptr_t)&end_stack, reset, halt, halt, halt, halt, halt, NULL, NULL, NULL, NULL, halt, halt, NULL, halt, systick,
    halt, halt, halt, halt, halt, uart,
};
