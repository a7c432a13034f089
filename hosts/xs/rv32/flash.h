/* NOR flash in memory, and its bindings for JavaScript: region 0 is the ledger's, 1 the log's. */
#ifndef FLASH_H
#define FLASH_H

#include "xs.h"

/* (region, file: number): the region holds what the file does, and is erased behind it. */
void xs_flash_load(xsMachine *the);
/* (output: Uint8Array, region, offset: number) */
void xs_flash_read(xsMachine *the);
/* (input: Uint8Array, region, offset: number): clears bits only */
void xs_flash_write(xsMachine *the);
/* (region, offset: number): the sector that begins there */
void xs_flash_erase(xsMachine *the);

/* The files that xs_flash_load takes, by their place in argv. */
extern char **flashFiles;

#endif
