// Counts instructions on a bare RV32 machine: under qemu with -icount, a cycle is an instruction.
#include "../crypto/m3ter_crypto.h"
#include "../sampler/sampler_kernel.h"

#include <stdio.h>
#include <string.h>

#define BLOCKS 80
/** 50 Hz at 4 kHz, in sample pairs */
#define PERIOD 80
/** Whole cycles, so that blocks go on from one to the next */
#define PAIRS (3 * PERIOD)
#define PAINT 0xa5
#define PAINTED 12288

static inline uint32_t instructions(void) {
  uint32_t count;
  __asm__ volatile(".option push\n.option arch, +zicsr\ncsrr %0, mcycle\n.option pop" : "=r"(count)::"memory");
  return count;
}

static void ignore(void *context, const sampler_window *window) {
  (void)window;
  ++*(uint32_t *)context;
}

/** A block of triangles, which cross as sines do. */
static void fill(uint16_t *block) {
  for (int32_t k = 0; k < PAIRS; k++) {
    const int32_t at = k % PERIOD;
    const int32_t level = at < PERIOD / 2 ? at : PERIOD - at;
    block[2 * k] = (uint16_t)(600 + 72 * level);
    block[2 * k + 1] = (uint16_t)(1800 + 12 * level);
  }
}

/** Sums one phase. @returns hundredths of an instruction per pair */
static uint32_t kernel_cost(void) {
  static uint16_t block[2 * PAIRS];
  static sampler_kernel kernel;
  uint32_t windows = 0;
  sampler_kernel_init(&kernel, 1, 0, 2048, 32, ignore, &windows);
  fill(block);
  const uint32_t start = instructions();
  for (int64_t k = 1; k <= BLOCKS; k++) sampler_kernel_add(&kernel, block, PAIRS, 250 * PAIRS * k);
  const uint32_t used = instructions() - start;
  return windows > 0 ? used / (BLOCKS * PAIRS / 100) : 0;
}

static inline volatile uint8_t *stack_pointer(void) {
  volatile uint8_t *address;
  __asm__ volatile("mv %0, sp" : "=r"(address));
  return address;
}

/** Paints the stack that a call of the caller's will use. Inlined, to have no frame there. */
__attribute__((always_inline)) static inline void paint(void) {
  volatile uint8_t *top = stack_pointer();
  for (volatile uint8_t *byte = top - PAINTED; byte < top; byte++) *byte = PAINT;
}

/** Bytes of stack that the call has used. */
__attribute__((always_inline)) static inline uint32_t painted_over(void) {
  volatile uint8_t *top = stack_pointer();
  volatile uint8_t *byte = top - PAINTED;
  while (byte < top && *byte == PAINT) byte++;
  return (uint32_t)(top - byte);
}

static void print(const char *name, uint32_t count) { printf("%s %lu\n", name, (unsigned long)count); }

int main(void) {
  static uint8_t message[150];
  uint8_t digest[32], signature[65], public_key[64], key[32];
  memset(key, 7, sizeof key);
  memset(digest, 9, sizeof digest);
  m3ter_crypto_init(digest);
  print("kernel", kernel_cost());

  paint();
  uint32_t start = instructions();
  const bool is_signed = m3ter_sign(signature, digest, key);
  const uint32_t signing = instructions() - start;
  print("signStack", painted_over());
  print("sign", signing);

  paint();
  start = instructions();
  const bool is_recovered = m3ter_recover(public_key, digest, signature);
  const uint32_t recovering = instructions() - start;
  print("recoverStack", painted_over());
  print("recover", recovering);

  start = instructions();
  m3ter_keccak256(digest, message, sizeof message);
  print("keccak256", instructions() - start);
  start = instructions();
  m3ter_sha256(digest, message, sizeof message);
  print("sha256", instructions() - start);
  return is_signed && is_recovered ? 0 : 1;
}
