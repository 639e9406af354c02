/* An ATmega2560 in virtual time, with a line and drive stages. It runs the firmware's binary as it would be flashed.
 *
 * This file alone is linked with libsimavr, which is under the GPL; it is compiled where it is used, for tests and
 * emulation, and is no part of anything that is shipped as a program. */
#include <simavr/avr_eeprom.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define JOINTS 8
#define CHANNELS 24
#define LINE 65536
#define EEPROM 4096
#define BYTE_CYCLES 80 /* of the line at 2 Mbaud, 10 bits a byte, at 16 MHz */

typedef struct __attribute__((packed)) {
    int32_t q;
    int16_t dq, tau;
    uint8_t flags;
} sensed_t;

typedef struct __attribute__((packed)) {
    int16_t effort;
    uint8_t flags;
} driven_t;

typedef struct {
    uint8_t joints, channels, inputs;
    uint8_t broken;  /* the drive stages say nothing */
    uint8_t lit;     /* PB7, the LED of an Arduino Mega */
    uint32_t exchanges, refused; /* orders that were whole, and others */
    uint64_t asleep; /* cycles in which the processor slept */
    int16_t sensors[CHANNELS];
    sensed_t sensed[JOINTS];
    driven_t driven[JOINTS];
    uint32_t in, in_end, out;
    uint8_t from_host[LINE], to_host[LINE];
} harness_t;

/* Its size, and where its last field lies in it [bytes], for who lays it out anew in another language. */
const uint32_t harness_layout[2] = {sizeof(harness_t), offsetof(harness_t, to_host)};

static avr_t *avr;
static harness_t *here;
static avr_irq_t *bus_in, *uart_in;
static uint8_t bus_out;
static uint8_t answer[1 + 2 * CHANNELS + 9 * JOINTS + 1], heard[3 * JOINTS + 1];
static uint32_t place, length; /* of what is said or heard */
static int says, hears;
static uint8_t kept[EEPROM]; /* what a chip keeps while it is off */

/* The gate array says what it senses. */
static void sense_changed(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    says = !value;
    if (value) {
        return;
    }
    place = 0;
    uint8_t *at = answer;
    *at++ = here->inputs;
    memcpy(at, here->sensors, 2u * here->channels);
    at += 2u * here->channels;
    memcpy(at, here->sensed, sizeof(sensed_t) * here->joints);
    at += sizeof(sensed_t) * here->joints;
    uint8_t sum = 0;
    for (uint8_t *k = answer; k < at; k++) {
        sum = (uint8_t)(sum + *k);
    }
    *at++ = (uint8_t)~sum;
    length = (uint32_t)(at - answer);
    if (here->broken) {
        memset(answer, 0xFF, sizeof answer);
    }
}

/* The gate array hears what the stages are to do; it is followed if its sum is right. */
static void drive_changed(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    hears = !value;
    if (!value) {
        place = 0;
        length = 3u * here->joints + 1;
        return;
    }
    uint8_t sum = 0;
    for (uint32_t k = 0; k + 1 < length; k++) {
        sum = (uint8_t)(sum + heard[k]);
    }
    if (place != length || heard[length - 1] != (uint8_t)~sum) {
        here->refused++;
        return;
    }
    memcpy(here->driven, heard, sizeof(driven_t) * here->joints);
    here->exchanges++;
}

static void bus_byte(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    bus_out = (uint8_t)value;
}

static void strobe_changed(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    if (!value) {
        return;
    }
    if (hears && place < length) {
        heard[place] = bus_out;
    }
    if (says && place < length) {
        for (int bit = 0; bit < 8; bit++) {
            uint32_t level = (uint32_t)(answer[place] >> bit & 1);
            if (bus_in[bit].value != level) {
                avr_raise_irq(&bus_in[bit], level);
            }
        }
    }
    place++;
}

static void led_changed(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    here->lit = (uint8_t)(value != 0);
}

static void uart_byte(avr_irq_t *irq, uint32_t value, void *param) {
    (void)irq, (void)param;
    if (here->out < LINE) {
        here->to_host[here->out++] = (uint8_t)value;
    }
}

static avr_cycle_count_t next_byte(avr_t *of, avr_cycle_count_t when, void *param) {
    (void)of, (void)param;
    if (here->in < here->in_end) {
        avr_raise_irq(uart_in, here->from_host[here->in++]);
        if (here->in == here->in_end) {
            here->in = here->in_end = 0;
        }
    }
    return when + BYTE_CYCLES;
}

static void no_sleep(avr_t *of, avr_cycle_count_t cycles) {
    (void)of;
    here->asleep += cycles; /* virtual time does not wait */
}

static void quiet(avr_t *of, const int level, const char *format, va_list list) {
    (void)of, (void)level, (void)format, (void)list;
}

/* Switch it off and on, or, where it is erased, put a new chip in its place; 0 where it does not take the firmware.
 * What an ELF has for the EEPROM is left out, as it is when a chip is flashed: a new one's is all ones. */
int harness_start(const char *elf, harness_t *harness, int erased) {
    elf_firmware_t firmware;
    avr_eeprom_desc_t all = {.ee = kept, .offset = 0, .size = EEPROM};
    memset(&firmware, 0, sizeof firmware);
    avr_global_logger_set(quiet);
    if (avr) {
        avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &all);
        avr_terminate(avr);
        avr = NULL;
    }
    if (erased) {
        memset(kept, 0xFF, sizeof kept);
    }
    here = harness;
    if (elf_read_firmware(elf, &firmware) != 0) {
        return 0;
    }
    avr = avr_make_mcu_by_name("atmega2560");
    if (!avr) {
        return 0;
    }
    avr_init(avr);
    avr->frequency = 16000000;
    avr->sleep = no_sleep;
    avr_load_firmware(avr, &firmware);
    avr->frequency = 16000000;
    avr_eeprom_desc_t set = {.ee = NULL, .offset = 0, .size = EEPROM};
    avr_ioctl(avr, AVR_IOCTL_EEPROM_SET, &all);
    avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &set); /* where it lies: what these return says nothing */
    if (!set.ee || memcmp(set.ee, kept, EEPROM) != 0) {
        return 0;
    }
    uint32_t flags = 0;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart_in = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
    bus_in = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('C'), 0);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), uart_byte, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('A'), IOPORT_IRQ_REG_PORT), bus_byte, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('G'), 0), strobe_changed, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 0), sense_changed, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 1), drive_changed, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 7), led_changed, NULL);
    avr_cycle_timer_register(avr, BYTE_CYCLES, next_byte, NULL);
    place = length = 0;
    says = hears = 0;
    return 1;
}

/* The emergency stop line: to ground while it is closed, else left to the pull-up of the pin. */
void harness_estop(int closed) {
    avr_ioport_external_t outside = {.name = 'D', .mask = 1 << 2, .value = closed ? 0 : 1 << 2};
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('D'), &outside); /* else the pull-up would win */
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), 2), !closed);
}

/* Nothing is connected to the line: its level is that of the pin's own pull-up. Before the firmware begins. */
void harness_leave_estop(void) {
    avr_ioport_external_t outside = {.name = 'D', .mask = 0, .value = 0};
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('D'), &outside);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), 2), 0);
}

/* Run for so many cycles; 0 where the processor has come to a standstill. */
int harness_run(uint64_t cycles) {
    avr_cycle_count_t until = avr->cycle + cycles;
    while (avr->cycle < until) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) {
            return 0;
        }
    }
    return 1;
}
