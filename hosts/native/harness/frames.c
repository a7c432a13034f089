#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *message) {
  fprintf(stderr, "%s\n", message);
  exit(2);
}

static void reserve(frame *frame, size_t capacity) {
  if (capacity <= frame->capacity) return;
  frame->capacity = 2 * capacity;
  frame->bytes = realloc(frame->bytes, frame->capacity);
  if (frame->bytes == NULL) fail("out of memory");
}

/** @returns false at the end of stdin; `request` is the reader's until the next call */
static bool frame_read(uint8_t *operation, frame *request) {
  uint32_t length;
  if (fread(operation, 1, 1, stdin) != 1) return false;
  if (fread(&length, sizeof length, 1, stdin) != 1) fail("stdin ended in a length");
  reserve(request, length);
  request->length = length;
  if (length > 0 && fread(request->bytes, 1, length, stdin) != length) fail("stdin ended in a payload");
  return true;
}

static void frame_write(uint8_t status, const frame *answer) {
  const uint32_t length = (uint32_t)answer->length;
  fwrite(&status, 1, 1, stdout);
  fwrite(&length, sizeof length, 1, stdout);
  if (length > 0) fwrite(answer->bytes, 1, length, stdout);
}

void frames_serve(uint8_t (*answer_to)(uint8_t operation, const frame *request, frame *answer)) {
  static frame request;
  static frame answer;
  uint8_t operation;
  while (frame_read(&operation, &request)) {
    answer.length = 0;
    const uint8_t status = answer_to(operation, &request, &answer);
    frame_write(status, &answer);
  }
}

void frame_append(frame *frame, const void *bytes, size_t length) {
  reserve(frame, frame->length + length);
  memcpy(frame->bytes + frame->length, bytes, length);
  frame->length += length;
}

void frame_append_int64(frame *frame, int64_t value) { frame_append(frame, &value, sizeof value); }

frame_reader frame_fields(const frame *request) {
  return (frame_reader){.at = request->bytes, .end = request->bytes + request->length};
}

const uint8_t *frame_bytes(frame_reader *reader, size_t length) {
  if ((size_t)(reader->end - reader->at) < length) fail("a field reaches beyond its payload");
  const uint8_t *bytes = reader->at;
  reader->at += length;
  return bytes;
}

uint32_t frame_uint32(frame_reader *reader) {
  uint32_t value;
  memcpy(&value, frame_bytes(reader, sizeof value), sizeof value);
  return value;
}

int64_t frame_int64(frame_reader *reader) {
  int64_t value;
  memcpy(&value, frame_bytes(reader, sizeof value), sizeof value);
  return value;
}
