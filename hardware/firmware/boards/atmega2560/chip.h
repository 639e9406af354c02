/* The chip gives a board its line, its clock and its start; the board gives it this. */
#ifndef SH_CHIP_H
#define SH_CHIP_H

/* Set up the board's own pins; first of all. */
void sh_pins(void);

#endif
