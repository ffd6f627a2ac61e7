/* selftest.h: the checks of `self-test`, which `bench` runs too before it measures. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include "error.h"
#include "options.h"

/* One check is done: e is E_OK, or the reason stands in error_message(). */
typedef void selftest_report(const char *name, enum error e);

/* Runs every check with o->threads threads. *failed counts those that fail; an error is returned,
   and reported before, only when the model cannot be opened at all. */
enum error selftest(const struct options *o, selftest_report *report, int *failed);

#endif
