/* The joint board as a process: its line is a file descriptor, its clock is this machine's, its joints are the bench's. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "native.h"

#define MOST_BEHIND_NS 100000000u /* steps that are made up for */

static uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* Take what the line has; false where it is gone. */
static bool hear(int line) {
    uint8_t bytes[512];
    ssize_t length = read(line, bytes, sizeof bytes);
    if (length < 0) {
        return errno == EAGAIN || errno == EINTR || errno == EIO; /* of a pty EIO says that nobody has opened it yet */
    }
    sh_native_give(bytes, (uint16_t)length);
    sh_listen(&sh_machine_here);
    return length > 0;
}

/* Send what the board has to say; what the line does not take waits, and what finds no room is lost, as on a wire. */
static void say(int line) {
    static uint8_t waiting[SH_LINE];
    static size_t length;
    length += sh_native_take(waiting + length, (uint16_t)(sizeof waiting - length));
    ssize_t gone = length ? write(line, waiting, length) : 0;
    if (gone > 0) {
        length -= (size_t)gone;
        memmove(waiting, waiting + gone, length);
    } else if (length == sizeof waiting) {
        length = 0;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s LINE\nLINE is the number of an open file descriptor\n", argv[0]);
        return 2;
    }
    int line = atoi(argv[1]);
    if (fcntl(line, F_SETFL, O_NONBLOCK) < 0) {
        perror("LINE");
        return 2;
    }
    struct sched_param first = {.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &first); /* where that is allowed: a chip waits for nobody either */
    uint64_t period = 1000000000u / sh_board.servo_hz, begun = now_ns(), next = begun + period;
    sh_here.bench = true;
    sh_here.inputs = SH_ESTOP_CLOSED | SH_SUPPLY_GOOD;
    sh_native_start(((uint32_t)(begun >> 10) ^ (uint32_t)getpid() << 16) | 1u); /* zero is no boot number */
    for (;;) {
        uint64_t now = now_ns();
        if (now < next) {
            struct pollfd waits = {line, POLLIN, 0};
            struct timespec left = {0, (long)(next - now)};
            int ready = ppoll(&waits, 1, &left, NULL);
            now = now_ns();
            sh_here.time_us = (uint32_t)(((now < next ? now : next) - begun) / 1000u);
            if (ready > 0 && waits.revents & POLLIN) {
                if (!hear(line)) {
                    return 0;
                }
            } else if (ready > 0) { /* nobody has the line open: wait for the step without asking again and again */
                struct timespec rest = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
                clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &rest, NULL);
            }
        } else { /* a step that comes late as this machine is busy comes at its own time for the board */
            if (now > next + MOST_BEHIND_NS) {
                begun += now - next; /* the machine slept: the board did, too */
                next = now;
            }
            sh_here.time_us = (uint32_t)((next - begun) / 1000u);
            sh_step(&sh_machine_here);
            next += period;
        }
        say(line);
    }
}
