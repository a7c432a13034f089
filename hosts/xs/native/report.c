/* What any machine can tell of its heap, be its memory the bare engine's or the SDK's. */
#include "xsAll.h"

#include "heap.h"

void reportHeap(txMachine *the, HeapReport *report)
{
	report->slotSize = sizeof(txSlot);
	report->slots = the->currentHeapCount;
	report->peakSlots = the->peakHeapCount;
	report->chunks = the->currentChunksSize;
	report->peakChunks = the->peakChunksSize;
	report->stack = (the->stackTop - the->stackBottom) * sizeof(txSlot);
}
