/* requantize.c: writes a GGUF with the ternary matrices of another one in ${name}, without a loss; all else is copied. tritc
 * requantize makes, compiles and runs it; header and offsets come from gen/requantize.lua. */

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "hash.h"
#include "progress.h"
#include "real.h"
