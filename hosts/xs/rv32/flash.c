#include "xsmc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flash.h"
#include "heap.h"

#define REGION_SIZE (512 * 1024)
#define SECTOR_SIZE 4096

char **flashFiles;

static uint8_t regions[2][REGION_SIZE];

static uint8_t *regionOf(xsMachine *the, xsSlot *argument)
{
	return regions[fxToInteger(the, argument) & 1];
}

/* Within the region, whatever is asked for. */
static uint8_t *place(xsMachine *the, xsSlot *region, xsSlot *offset, xsUnsignedValue length)
{
	const xsUnsignedValue at = fxToInteger(the, offset);
	if (length > REGION_SIZE || at > REGION_SIZE - length)
		xsRangeError("flash: expected bytes within the region, got %d at %d", (int)length, (int)at);
	return regionOf(the, region) + at;
}

void xs_flash_load(xsMachine *the)
{
	uint8_t *region = regionOf(the, &xsArg(0));
	const char *path = flashFiles[xsmcToInteger(xsArg(1))];
	const int file = open(path, O_RDONLY);
	int length = 0, count;
	if (file < 0)
		endProgram("flash: no such file");
	memset(region, 0xff, REGION_SIZE);
	while ((count = read(file, region + length, REGION_SIZE - length)) > 0)
		length += count;
	close(file);
}

void xs_flash_read(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), &bytes, &length);
	memcpy(bytes, place(the, &xsArg(1), &xsArg(2), length), length);
}

void xs_flash_write(xsMachine *the)
{
	void *bytes;
	xsUnsignedValue length, k;
	uint8_t *cells;
	xsmcGetBufferReadable(xsArg(0), &bytes, &length);
	cells = place(the, &xsArg(1), &xsArg(2), length);
	for (k = 0; k < length; k++)
		cells[k] &= ((uint8_t *)bytes)[k];
}

void xs_flash_erase(xsMachine *the)
{
	memset(place(the, &xsArg(0), &xsArg(1), SECTOR_SIZE), 0xff, SECTOR_SIZE);
}
