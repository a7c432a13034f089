/**
 * The protocol of the test programs: requests on stdin, an answer to each on stdout. A request is an operation byte,
 * the payload's length as 32 bits little-endian, and the payload; an answer the same with a status in place of the
 * operation. The end of stdin ends the program.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_OK 0
/** The operation says no: for a signature that is none, say. */
#define STATUS_REFUSED 1

typedef struct {
  uint8_t *bytes;
  size_t length;
  size_t capacity;
} frame;

/** Answers each request, with a status and the fields that are appended to an empty answer, until stdin ends. */
void frames_serve(uint8_t (*answer_to)(uint8_t operation, const frame *request, frame *answer));

void frame_append(frame *frame, const void *bytes, size_t length);
/** Little-endian */
void frame_append_int64(frame *frame, int64_t value);

/** Reads fields one after the other; one that reaches beyond the payload ends the program. */
typedef struct {
  const uint8_t *at;
  const uint8_t *end;
} frame_reader;

frame_reader frame_fields(const frame *request);
const uint8_t *frame_bytes(frame_reader *reader, size_t length);
uint32_t frame_uint32(frame_reader *reader);
int64_t frame_int64(frame_reader *reader);

#endif
