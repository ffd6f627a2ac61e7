/* ask.c: prints a line of numbers for each of the ternary matrices of one GGUF. gen/${question}.lua, which knows what they mean,
 * makes, compiles and runs it. */

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
