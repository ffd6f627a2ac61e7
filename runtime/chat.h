/* chat.h: how a conversation is written as one text, per model family. Templates inside model files
   are never run. */
#ifndef CHAT_H
#define CHAT_H

/* A message is markup + lead + content + end. markup and end are read with special tokens; lead and
   content are read as one plain text, so that a word joins the space before it and nothing a user
   types can become markup. */
struct chat_role {
    const char *markup, *lead, *end;
};

struct chat_format {
    const char *name;
    int trim;                              /* white space around the content is dropped */
    struct chat_role system, user;
    struct chat_role assistant;            /* a reply begins after its markup and lead */
};

/* The format of that name, NULL if there is none. */
const struct chat_format *chat_format(const char *name);

/* The names, separated by spaces. */
const char *chat_format_names(void);

#endif
