// Does nothing: where this can be made and runs, so can the others.
#include <stdint.h>
#include <string.h>

int main(void) { return 0; }
