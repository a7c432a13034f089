/** libsecp256k1 for a 32-bit microcontroller: what its configure script would choose, and small tables. */
#ifndef SECP256K1_CONFIG_H
#define SECP256K1_CONFIG_H

// The SDK's ESP32 build defines it for its own purposes; here it would ask for autoconf's header.
#undef HAVE_CONFIG_H

// The library is built here, not only used: its checks for null arguments stay.
#define SECP256K1_BUILD 1

#define USE_FIELD_10X26 1
#define USE_FIELD_INV_BUILTIN 1
#define USE_SCALAR_8X32 1
#define USE_SCALAR_INV_BUILTIN 1
#define USE_NUM_NONE 1
#define USE_EXTERNAL_DEFAULT_CALLBACKS 1
#define ENABLE_MODULE_RECOVERY 1

/** The generator's multiples, for signing: 2 bits at a time make 32 KB of flash; made when the sources are joined. */
#define USE_ECMULT_STATIC_PRECOMPUTATION 1
#define ECMULT_GEN_PREC_BITS 2

/** The generator's odd multiples, for recovery: 4 points, 256 bytes of RAM. */
#define ECMULT_WINDOW_SIZE 4

#endif
