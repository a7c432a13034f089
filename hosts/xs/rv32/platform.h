/*
 * What XS is to know of a bare RV32 machine with the C library picolibc: one thread, no atomics, no debugger.
 * xsPlatform.h includes this file in place of its own settings, and here it stands in for that of ../native.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#undef mxLittleEndian
#define mxLittleEndian 1
#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* True while jobs of promises wait; see fxQueuePromiseJobs. The rest is what xsAtomics.c wants of a machine. */
#define mxMachinePlatform \
	int promiseJobs; \
	void *waiterCondition; \
	void *waiterData; \
	void *waiterLink;

/* Modules, memory and the end of the program are heap.c's; of the rest the defaults of xsPlatforms.c will do. */
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

#endif
