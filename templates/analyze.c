/* analyze.c: counts what the ternary matrices of one GGUF hold. tritc analyze makes, compiles and runs it; a line of numbers for
 * each matrix goes to stdout, for gen/analyze.lua. */

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "hash.h"
#include "progress.h"
#include "real.h"

enum { K_MAX = ${k_max} };
