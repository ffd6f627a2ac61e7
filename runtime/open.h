/* open.h: a model opened as the command line wants it. */
#ifndef OPEN_H
#define OPEN_H

#include "error.h"
#include "model.h"
#include "options.h"

/* model_open with the image, threads, pinning and pages of o. The errors of model_open; where the
   system refuses pinning or huge pages, one line on stderr says so, and nothing else changes. */
enum error open_model(struct model **m, const struct options *o);

#endif
