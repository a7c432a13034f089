/*
 * The machine of an app that the Moddable SDK built: its modules are compiled, linked into the program and preloaded, as
 * on the board. Its heap is the process's.
 */
#include "xsAll.h"
#include "mc.xs.h"

#include "../native/heap.h"

#include <glib.h>

/* As the manifest has it; what the linker generates does not tell. */
#define MAIN_MODULE "hosts/xs/device/main"

static void importMain(txMachine *machine)
{
	xsBeginHost(machine);
	{
		xsTry {
			xsResult = xsAwaitImport(MAIN_MODULE, XS_IMPORT_NAMESPACE);
		}
		xsCatch {
			endProgram(xsToString(xsException));
		}
	}
	xsEndHost(machine);
}

txMachine *createMachine(size_t blockSize)
{
	xsCreation *creation;
	void *preparation = xsPreparationAndCreation(&creation);
	txMachine *machine = fxPrepareMachine((txCreation *)creation, preparation, "m3ter", NULL, NULL);
	if (machine)
		importMain(machine);
	return machine;
}

/* All that there is to run is in the program. */
void runScript(txMachine *the, char *text, size_t length)
{
	if (length > 0)
		xsUnknownError("script: expected none, got %d bytes", (int)length);
}

/* They wait in the main loop, for which nobody else has a use. */
void runPromiseJobs(txMachine *the)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

void collectGarbage(txMachine *the)
{
	fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
	the->peakHeapCount = the->currentHeapCount;
	the->peakChunksSize = the->currentChunksSize;
}

/* The process's memory is no block that could be full. */
void setBudget(txMachine *the, uint32_t budget)
{
	collectGarbage(the);
}

void fxAbort(txMachine *the, int status)
{
	endProgram(fxAbortString(status));
}
