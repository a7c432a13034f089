/*
 * The memory of the machine, and what else XS asks of its platform.
 *
 * As on a microcontroller all of the heap is one block of a size that is fixed at the start: chunks (strings, buffers,
 * byte code) grow upward from its bottom, the stack and slots (all else) downward from its top. When they meet, garbage
 * is collected; when that does not help, the program ends.
 */
#include "xsAll.h"
#include "xsScript.h"

#include "heap.h"

/* Both grow by little at a time, after a collection each, so that what is reserved is what was needed. */
#define CHUNK_STEP 512
#define SLOT_STEP 64

/* Slots of the stack, which also holds the prototypes of all built-ins. */
#define STACK_COUNT 4096

static txByte *gxChunks; /* end of the chunks */
static txByte *gxSlots; /* lowest slot */

txMachine *createMachine(size_t blockSize)
{
	static txCreation creation = {
		.initialChunkSize = CHUNK_STEP,
		.incrementalChunkSize = CHUNK_STEP,
		.initialHeapCount = SLOT_STEP,
		.incrementalHeapCount = SLOT_STEP,
		.stackCount = STACK_COUNT,
		/* tables of names, which on the board are in flash but for a few: outside of the block */
		.initialKeyCount = 4096,
		.incrementalKeyCount = 256,
		.nameModulo = 1993,
		.symbolModulo = 127,
		.parserBufferSize = 64 * 1024,
		.parserTableModulo = 1993,
	};
	gxChunks = calloc(1, blockSize);
	if (!gxChunks)
		return NULL;
	gxSlots = gxChunks + (blockSize & ~(sizeof(txSlot) - 1));
	return fxCreateMachine(&creation, "m3ter", NULL, XS_NO_ID);
}

void runScript(txMachine *the, char *text, size_t length)
{
	txSlot *realm = mxProgram.value.reference->next->value.module.realm;
	txStringCStream stream = { text, 0, length };
	txScript *script = fxParseScript(the, &stream, fxStringCGetter, mxProgramFlag);
	fxRunScript(the, script, mxRealmGlobal(realm), C_NULL, mxRealmClosures(realm)->value.reference, C_NULL,
		mxProgram.value.reference);
	mxPop();
}

void runPromiseJobs(txMachine *the)
{
	while (the->promiseJobs) {
		the->promiseJobs = 0;
		fxRunPromiseJobs(the);
	}
}

void *fxAllocateChunks(txMachine *the, txSize size)
{
	txByte *chunks = gxChunks;
	if (gxSlots - gxChunks < size)
		return NULL;
	gxChunks += size;
	return chunks;
}

void fxFreeChunks(txMachine *the, void *chunks)
{
}

/* Collects garbage, and takes back what the chunks then leave at their end. */
static void trimChunks(txMachine *the)
{
	txBlock *block = the->firstBlock;
	if (!block)
		return;
	fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
	the->maximumChunksSize -= block->limit - block->current;
	block->limit = gxChunks = block->current;
}

void collectGarbage(txMachine *the)
{
	trimChunks(the);
	the->peakHeapCount = the->currentHeapCount;
	the->peakChunksSize = the->currentChunksSize;
}

void setBudget(txMachine *the, uint32_t budget)
{
	txSize freeSlots;
	collectGarbage(the);
	freeSlots = (the->maximumHeapCount - the->currentHeapCount) * sizeof(txSlot);
	if (freeSlots <= budget && gxChunks + (budget - freeSlots) < gxSlots)
		gxSlots = gxChunks + ((budget - freeSlots) & ~(sizeof(txSlot) - 1));
}

txSlot *fxAllocateSlots(txMachine *the, txSize count)
{
	txSize size = count * sizeof(txSlot);
	if (gxSlots - gxChunks < size)
		trimChunks(the);
	if (gxSlots - gxChunks < size)
		return NULL;
	gxSlots -= size;
	return (txSlot *)gxSlots;
}

void fxFreeSlots(txMachine *the, void *slots)
{
}

void fxCreateMachinePlatform(txMachine *the)
{
}

void fxDeleteMachinePlatform(txMachine *the)
{
}

void fxQueuePromiseJobs(txMachine *the)
{
	the->promiseJobs = 1;
}

/* There are no modules: the firmware is one script. */
txID fxFindModule(txMachine *the, txSlot *realm, txID moduleID, txSlot *slot)
{
	return XS_NO_ID;
}

void fxLoadModule(txMachine *the, txSlot *module, txID moduleID)
{
}

void fxAbort(txMachine *the, int status)
{
	switch (status) {
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		endProgram("memory full");
	case XS_STACK_OVERFLOW_EXIT:
		endProgram("stack overflow");
	case XS_UNHANDLED_EXCEPTION_EXIT:
		endProgram("unhandled exception");
	case XS_UNHANDLED_REJECTION_EXIT:
		endProgram("unhandled rejection");
	default:
		endProgram("XS gave up");
	}
}
