/* The table of CRC-32 (IEEE 802.3, reflected), which an AVR keeps in its program memory. */
#ifndef SH_TABLES_H
#define SH_TABLES_H

#include <stdint.h>

#ifdef __AVR__
#include <avr/pgmspace.h>
extern const uint32_t sh_crc_words[256] PROGMEM;
static inline uint32_t sh_crc_table(uint8_t at) { return pgm_read_dword(&sh_crc_words[at]); }
#else
extern const uint32_t sh_crc_words[256];
static inline uint32_t sh_crc_table(uint8_t at) { return sh_crc_words[at]; }
#endif

#endif
