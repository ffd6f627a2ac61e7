/* chat.h: how a conversation is written as one text, per model family. Templates inside model files
   are never run. */
#ifndef CHAT_H
#define CHAT_H

/* Of all families, separated by spaces; as gen/chat.lua has them. */
#define CHAT_NAMES                                                                                 \
    "bitnet llama3 falcon3 falcon-e chatml chatml-think chatml-no-think minicpm plain"

#define CHAT_PLAIN_BYTES 16                /* room for a lead or a tail */

/* A message is markup + lead + content + tail + end. markup and end are read with special tokens;
   lead, content and tail are read as one plain text, so that words join the white space beside them
   and nothing a user types can become markup. A reply is closed with tail + end. */
struct chat_role {
    const char *markup;
    char lead[CHAT_PLAIN_BYTES], tail[CHAT_PLAIN_BYTES];
    const char *end;
};

struct chat_format {
    const char *name;
    int trim;                              /* white space around the content is dropped */
    int forgets;                           /* earlier replies lose all up to their last </think> */
    struct chat_role system, user;
    struct chat_role assistant;            /* a reply begins after its markup and lead */
    const char *opening;                   /* and this, which only the newest reply has: markup */
};

/* The format of that name, NULL if there is none. */
const struct chat_format *chat_format(const char *name);

#endif
