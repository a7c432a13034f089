#include "scope.h"

#include <string.h>

#define SETS_MASK 0xffffu

void scope_request(scope *scope, uint32_t sets) {
  const uint32_t number = atomic_load_explicit(&scope->request, memory_order_relaxed) >> 16;
  // Release: the consumer has copied the answer before it is overwritten.
  atomic_store_explicit(&scope->request, (number + 1) << 16 | sets, memory_order_release);
}

void scope_add(scope *scope, const uint16_t *block, uint32_t count, uint32_t width, int64_t start, int64_t end) {
  const uint32_t request = atomic_load_explicit(&scope->request, memory_order_acquire);
  if (request != scope->seen) {
    scope->seen = request;
    scope->wanted = request & SETS_MASK;
    scope->filled = 0;
    scope->start = start;
  }
  const uint32_t left = scope->wanted - scope->filled;
  if (left == 0 || count == 0) return;
  const uint32_t taken = count < left ? count : left;
  memcpy(scope->counts + scope->filled * width, block, taken * width * sizeof *block);
  scope->filled += taken;
  if (taken < left) return;
  scope->span = start + taken * (end - start) / count - scope->start;
  atomic_store_explicit(&scope->answer, request, memory_order_release);
}

void scope_forget(scope *scope) {
  if (scope->filled > 0) scope->wanted = scope->filled = 0;
}

const uint16_t *scope_answer(const scope *scope, int64_t *span) {
  const uint32_t request = atomic_load_explicit(&scope->request, memory_order_relaxed);
  if (request == 0 || atomic_load_explicit(&scope->answer, memory_order_acquire) != request) return NULL;
  *span = scope->span;
  return scope->counts;
}
