/* The machine and its memory, for engine.c, which knows XS by its public interface only. */
#ifndef HEAP_H
#define HEAP_H

#include "xs.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes but for the counts of slots. What is garbage and not yet collected counts as used. */
typedef struct {
	uint32_t slotSize;
	uint32_t slots;
	uint32_t peakSlots; /* since the last collectGarbage */
	uint32_t chunks;
	uint32_t peakChunks; /* likewise */
	uint32_t stack;
} HeapReport;

/* A machine whose stack, slots and chunks are within one block of so many bytes; NULL when there is no such block. */
xsMachine *createMachine(size_t blockSize);
/* To be called from within xsBeginHost; throws as the script does. */
void runScript(xsMachine *the, char *text, size_t length);
/* Those that wait, and those that they make. */
void runPromiseJobs(xsMachine *the);
/* Afterwards the peaks begin anew. */
void collectGarbage(xsMachine *the);
/* From now on the heap can grow by so many bytes only, as if what is in it now were in ROM. Collects garbage first. */
void setBudget(xsMachine *the, uint32_t budget);
void reportHeap(xsMachine *the, HeapReport *report);

/* engine.c's: tells the other side why, and exits. */
void endProgram(const char *why) __attribute__((noreturn));

#endif
