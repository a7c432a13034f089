#ifndef SCOPE_RACE_H
#define SCOPE_RACE_H

#include <stdint.h>

typedef struct {
  /** Captures that were answered */
  int64_t captures;
  /** Of these, those that are not sample sets as they followed each other */
  int64_t torn;
} scope_race_report;

/** One thread adds numbered sample sets, and loses some now and then, while another captures so many times. */
scope_race_report race_for_captures(uint32_t captures);

#endif
