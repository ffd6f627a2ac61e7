/* open.c: a model opened as the command line wants it. Contract: open.h. */
#include "open.h"

#include <stdio.h>

#include "engine.h"

/* What was asked for and cannot be had is no reason not to work: everything goes on without it. */
static void warn_of(const char *flag, enum error e)
{
    if (e)
        fprintf(stderr, "warning: %s: %s: %s\n", flag, error_name(e), error_message());
}

enum error open_model(struct model **m, const struct options *o)
{
    enum error e = model_open(m, o->image, NULL, o->threads);
    if (!e && o->pin)
        warn_of("--pin", model_pin(*m));
    if (!e && o->huge)
        warn_of("--huge", model_huge(*m));
    return e;
}
