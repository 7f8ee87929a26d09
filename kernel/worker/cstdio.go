package worker

/*
#include <stdio.h>
static void warren_unbuffer(void) { setvbuf(stdout, NULL, _IOLBF, 1 << 16); }
static void warren_flush(void) { fflush(stdout); }
*/
import "C"

// unbufferC makes C's stdout line buffered: it is a pipe here, and its text should come in the order it was printed.
func unbufferC() { C.warren_unbuffer() }

// flushC writes out what C code has printed. It leaves C's other files alone: one that a thread waits for is locked.
func flushC() { C.warren_flush() }
