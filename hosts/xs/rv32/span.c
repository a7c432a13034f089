#include "xsAll.h"

#include "heap.h"
#include "span.h"

/* xsMemory.c's, but in no header of XS */
extern void fxGrowSlots(txMachine *the, txSize count);

uint64_t instructions(void)
{
	uint32_t high, low, again;
	do
		__asm__ volatile(
			".option push\n.option arch, +zicsr\ncsrr %0, mcycleh\ncsrr %1, mcycle\ncsrr %2, mcycleh\n.option pop"
			: "=r"(high), "=r"(low), "=r"(again)::"memory");
	while (high != again);
	return (uint64_t)high << 32 | low;
}

void limitHeap(txMachine *the, uint32_t budget)
{
	setBudget(the, budget);
	fxGrowSlots(the, budget / 8 * 3 / sizeof(txSlot));
	/* Garbage at once. */
	fxNewChunk(the, budget / 8 * 3);
	collect(the);
}

void collect(txMachine *the)
{
	fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
}
