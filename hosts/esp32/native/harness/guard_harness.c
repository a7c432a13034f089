// guard.h behind stdin and stdout; the memory is the test's own, and outlives every request.
#include "../../../native/harness/frames.h"
#include "../guard.h"

#include <string.h>

enum { SET_MEMORY = 1, BEGIN, CAUSE, KNOW_RELAY, DECIDED, LEAVE_NOTE, RELAY_TO_OPEN, MEMORY_SIZE };

static guard_memory memory;

static uint8_t answer_to(uint8_t operation, const frame *request, frame *answer) {
  frame_reader fields = frame_fields(request);
  switch (operation) {
  case SET_MEMORY:
    memcpy(&memory, frame_bytes(&fields, sizeof memory), sizeof memory);
    return STATUS_OK;
  case BEGIN:
    frame_append_int64(answer, guard_begin(&memory));
    return STATUS_OK;
  case CAUSE: {
    const guard_reset reset = (guard_reset)frame_uint32(&fields);
    frame_append_int64(answer, guard_cause_of(reset, (guard_note)frame_uint32(&fields)));
    return STATUS_OK;
  }
  case KNOW_RELAY: {
    const uint32_t pin = frame_uint32(&fields);
    const uint32_t level = frame_uint32(&fields);
    guard_know_relay(&memory, (guard_relay){.pin = pin, .level = level, .pulse_ms = frame_uint32(&fields)});
    return STATUS_OK;
  }
  case DECIDED:
    guard_decided(&memory);
    return STATUS_OK;
  case LEAVE_NOTE:
    guard_leave_note(&memory, (guard_note)frame_uint32(&fields));
    return STATUS_OK;
  case RELAY_TO_OPEN: {
    const guard_relay *relay = guard_relay_to_open(&memory);
    if (relay == NULL) return STATUS_REFUSED;
    frame_append_int64(answer, relay->pin);
    frame_append_int64(answer, relay->level);
    frame_append_int64(answer, relay->pulse_ms);
    return STATUS_OK;
  }
  case MEMORY_SIZE:
    frame_append_int64(answer, sizeof memory);
    return STATUS_OK;
  default:
    return STATUS_REFUSED;
  }
}

int main(void) {
  frames_serve(answer_to);
  return 0;
}
