/*
 * The firmware on a bare XS engine on a bare RV32 machine that counts its instructions: `image SCRIPT FLASH...`, files
 * of the host, runs the script and then the function `bench` that it has left behind.
 *
 * A script binds a function of C by `native(name)`, as one does on the board. What it prints are the lines of standard
 * output; the last is `end` and why.
 */
#include "xs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flash.h"
#include "heap.h"
#include "random.h"
#include "span.h"

#define SCRIPT_SIZE (1024 * 1024)
#define BLOCK_SIZE (32 * 1024 * 1024)

void endProgram(const char *why)
{
	printf("end %s\n", why);
	exit(EXIT_SUCCESS);
}

/* random.h's: the same on every run. */
void m3ter_random(uint8_t *bytes, size_t length)
{
	for (size_t k = 0; k < length; k++)
		bytes[k] = (uint8_t)(k * 167 + 13);
}

/* (): number */
static void xs_instructions(xsMachine *the)
{
	xsResult = xsNumber((double)instructions());
}

/* (line: string) */
static void xs_print(xsMachine *the)
{
	puts(xsToString(xsArg(0)));
}

/* (budget: number) */
static void xs_limit_heap(xsMachine *the)
{
	limitHeap(the, xsToInteger(xsArg(0)));
}

/* () */
static void xs_collect(xsMachine *the)
{
	collect(the);
}

/* hosts/native/crypto's */
extern void xs_crypto_init(xsMachine *the);
extern void xs_crypto_random(xsMachine *the);
extern void xs_crypto_sha256(xsMachine *the);
extern void xs_crypto_sha256_begin(xsMachine *the);
extern void xs_crypto_sha256_add(xsMachine *the);
extern void xs_crypto_sha256_end(xsMachine *the);
extern void xs_crypto_keccak256(xsMachine *the);
extern void xs_crypto_sign(xsMachine *the);
extern void xs_crypto_recover(xsMachine *the);

#define NATIVE(name) { #name, name }

static const struct {
	const char *name;
	void (*call)(xsMachine *);
} natives[] = {
	NATIVE(xs_instructions),
	NATIVE(xs_print),
	NATIVE(xs_limit_heap),
	NATIVE(xs_collect),
	NATIVE(xs_flash_load),
	NATIVE(xs_flash_read),
	NATIVE(xs_flash_write),
	NATIVE(xs_flash_erase),
	NATIVE(xs_crypto_init),
	NATIVE(xs_crypto_random),
	NATIVE(xs_crypto_sha256),
	NATIVE(xs_crypto_sha256_begin),
	NATIVE(xs_crypto_sha256_add),
	NATIVE(xs_crypto_sha256_end),
	NATIVE(xs_crypto_keccak256),
	NATIVE(xs_crypto_sign),
	NATIVE(xs_crypto_recover),
};

/* native(name: string): Function */
static void bindNative(xsMachine *the)
{
	const char *name = xsToString(xsArg(0));
	for (size_t k = 0; k < sizeof(natives) / sizeof(natives[0]); k++) {
		if (strcmp(natives[k].name, name))
			continue;
		xsResult = xsNewHostFunction(natives[k].call, 0);
		return;
	}
	xsReferenceError("native: expected a function of this image, got %s", name);
}

static size_t readScript(const char *path, char *text)
{
	const int file = open(path, O_RDONLY);
	size_t length = 0;
	int count;
	if (file < 0)
		endProgram("no such script");
	while ((count = read(file, text + length, SCRIPT_SIZE - length)) > 0)
		length += count;
	close(file);
	return length;
}

static void run(xsMachine *machine, char *text, size_t length)
{
	char why[256] = "well";
	xsBeginHost(machine);
	{
		xsTry {
			xsResult = xsNewHostFunction(bindNative, 1);
			xsSet(xsGlobal, xsID("native"), xsResult);
			runScript(the, text, length);
			runPromiseJobs(the);
			xsCall0(xsGlobal, xsID("bench"));
			runPromiseJobs(the);
		}
		xsCatch {
			xsToStringBuffer(xsException, why, sizeof(why));
		}
	}
	xsEndHost(machine);
	endProgram(why);
}

int main(int argc, char *argv[])
{
	static char script[SCRIPT_SIZE];
	if (argc < 2)
		endProgram("expected a script");
	flashFiles = argv + 2;
	run(createMachine(BLOCK_SIZE), script, readScript(argv[1], script));
}
