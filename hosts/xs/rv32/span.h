/* What a span of instructions is counted in. */
#ifndef SPAN_H
#define SPAN_H

#include "xs.h"

#include <stdint.h>

/* Instructions since power-up: under qemu with -icount, a cycle is an instruction. */
uint64_t instructions(void);
/*
 * From now on the heap can grow by so many bytes only, as if what is in it now were in ROM. Three eighths of
 * that are made ready for slots and as much for chunks, as a manifest's `creation` does it: an engine that has to grow
 * its heap step by step collects garbage before every step, and takes twice as long for a boot.
 */
void limitHeap(xsMachine *the, uint32_t budget);
/* Leaves no garbage, but the heap as large as it is. */
void collect(xsMachine *the);

#endif
