#include "window_ring.h"

static void add_to_pending(window_ring_entry *pending, const sampler_window *window, uint32_t losses,
                           uint32_t clipped) {
  if (pending->joined == 0) *pending = (window_ring_entry){.window = *window};
  else sampler_window_join(&pending->window, window);
  pending->losses += losses;
  pending->clipped += clipped;
  pending->joined++;
}

void window_ring_push(window_ring *ring, const sampler_window *window, uint32_t losses, uint32_t clipped) {
  add_to_pending(&ring->pending, window, losses, clipped);
  const uint32_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
  // Acquire: the consumer has copied what it released before it is overwritten here.
  if (written - atomic_load_explicit(&ring->read, memory_order_acquire) == WINDOW_RING_SIZE) return;
  ring->entries[written % WINDOW_RING_SIZE] = ring->pending;
  ring->pending.joined = 0;
  atomic_store_explicit(&ring->written, written + 1, memory_order_release);
}

bool window_ring_take(window_ring *ring, window_ring_entry *entry) {
  const uint32_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
  if (read == atomic_load_explicit(&ring->written, memory_order_acquire)) return false;
  *entry = ring->entries[read % WINDOW_RING_SIZE];
  atomic_store_explicit(&ring->read, read + 1, memory_order_release);
  return true;
}
