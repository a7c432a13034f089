/*
 * What XS is to know of the machine it is compiled for, with gcc: 32 or 64-bit Linux, or a bare RV32 with the C library
 * picolibc; one thread, no debugger. xsPlatform.h includes this file in place of its own settings.
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

#ifdef __linux__
#undef mxLinux
#define mxLinux 1
#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1
#include <arpa/inet.h>
#include <pthread.h>
#include <unistd.h>
#endif

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
