/*
 * A bare XS engine at the end of two pipes: `engine BLOCK` makes a machine in a block of so many bytes, and then does
 * what it is asked to on standard input.
 *
 * A frame is the length of its payload (uint32, little-endian), its kind and the payload:
 *
 *   'S' script  in: is run; answered by an empty 'R' or by 'E'
 *   'C' call    in: the script's function `handle` is called with the payload; answered by 'R' or 'E'.
 *               out: the script called `exchange`, which returns the payload of the 'R' that must come next.
 *   'R' result
 *   'E' error   the text of an exception that a script or call ended in; the machine goes on
 *   'A' abort   out: the text of what ended the program
 *   'B' budget  in: from now on the heap can grow by so many bytes (uint32) only; then as 'H'
 *   'G'         in: collect garbage; then as 'H'
 *   'H'         in: answered by 'R' with a HeapReport
 */
#include "xs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#define HEADER_SIZE 5

static void sendFrame(char kind, const void *payload, uint32_t length)
{
	fwrite(&length, sizeof(length), 1, stdout);
	fputc(kind, stdout);
	fwrite(payload, 1, length, stdout);
	fflush(stdout);
}

void endProgram(const char *why)
{
	sendFrame('A', why, strlen(why));
	exit(EXIT_FAILURE);
}

/* The other side has gone when nothing comes: then there is nobody to tell. */
static void receive(void *bytes, uint32_t length)
{
	if (length > 0 && fread(bytes, length, 1, stdin) != 1)
		exit(EXIT_SUCCESS);
}

static char receiveHeader(uint32_t *length)
{
	uint8_t header[HEADER_SIZE];
	receive(header, HEADER_SIZE);
	memcpy(length, header, sizeof(*length));
	return header[HEADER_SIZE - 1];
}

/* The payload as an ArrayBuffer in xsResult. Nothing can move the chunk while it is filled. */
static void receivePayload(xsMachine *the, uint32_t length)
{
	xsResult = xsArrayBuffer(NULL, length);
	receive(xsToArrayBuffer(xsResult), length);
}

static void sendBuffer(xsMachine *the, char kind, xsSlot buffer)
{
	sendFrame(kind, xsToArrayBuffer(buffer), xsGetArrayBufferLength(buffer));
}

static void sendException(xsMachine *the)
{
	char text[256];
	xsToStringBuffer(xsException, text, sizeof(text));
	sendFrame('E', text, strlen(text));
}

/* exchange(request: ArrayBuffer): ArrayBuffer */
static void exchange(xsMachine *the)
{
	uint32_t length;
	sendBuffer(the, 'C', xsArg(0));
	if (receiveHeader(&length) != 'R')
		endProgram("exchange: expected a result");
	receivePayload(the, length);
}

static void addExchange(xsMachine *machine)
{
	xsBeginHost(machine);
	{
		xsResult = xsNewHostFunction(exchange, 1);
		xsSet(xsGlobal, xsID("exchange"), xsResult);
	}
	xsEndHost(machine);
}

static void run(xsMachine *machine, uint32_t length)
{
	char *text = malloc(length + 1);
	if (!text)
		endProgram("no memory for the script");
	receive(text, length);
	xsBeginHost(machine);
	{
		xsTry {
			runScript(the, text, length);
			runPromiseJobs(the);
			sendFrame('R', NULL, 0);
		}
		xsCatch {
			sendException(the);
		}
	}
	xsEndHost(machine);
	free(text);
}

static void call(xsMachine *machine, uint32_t length)
{
	xsBeginHost(machine);
	{
		xsTry {
			receivePayload(the, length);
			xsResult = xsCall1(xsGlobal, xsID("handle"), xsResult);
			runPromiseJobs(the);
			sendBuffer(the, 'R', xsResult);
		}
		xsCatch {
			sendException(the);
		}
	}
	xsEndHost(machine);
}

static void receiveBudget(xsMachine *machine)
{
	uint32_t budget;
	receive(&budget, sizeof(budget));
	setBudget(machine, budget);
}

static void sendHeapReport(xsMachine *machine)
{
	HeapReport report;
	reportHeap(machine, &report);
	sendFrame('R', &report, sizeof(report));
}

int main(int argc, char *argv[])
{
	xsMachine *machine;
	if (argc != 2) {
		fprintf(stderr, "usage: engine BLOCK\n");
		return 2;
	}
	machine = createMachine(strtoul(argv[1], NULL, 10));
	if (!machine)
		endProgram("no memory for the block");
	addExchange(machine);
	for (;;) {
		uint32_t length;
		switch (receiveHeader(&length)) {
		case 'S':
			run(machine, length);
			break;
		case 'C':
			call(machine, length);
			break;
		case 'B':
			receiveBudget(machine);
			sendHeapReport(machine);
			break;
		case 'G':
			collectGarbage(machine);
			sendHeapReport(machine);
			break;
		case 'H':
			sendHeapReport(machine);
			break;
		default:
			endProgram("expected a call");
		}
	}
}
