/* chat.c: the families of chat formats. Contract: chat.h. Sources: the chat templates of
   microsoft/bitnet-b1.58-2B-4T and meta-llama/Meta-Llama-3-8B-Instruct. */
#include "chat.h"

#include <stddef.h>
#include <string.h>

#define LLAMA3(role) { "<|start_header_id|>" role "<|end_header_id|>", "\n\n", "<|eot_id|>" }

static const struct chat_format formats[] = {
    {
        .name = "bitnet", .trim = 1,
        .system = { "", "System: ", "<|eot_id|>" },
        .user = { "", "User: ", "<|eot_id|>" },
        .assistant = { "", "Assistant: ", "<|eot_id|>" },
    },
    {
        .name = "llama3", .trim = 1,
        .system = LLAMA3("system"), .user = LLAMA3("user"), .assistant = LLAMA3("assistant"),
    },
    {
        .name = "plain", .trim = 0,        /* text in, text out: the screen is the context */
        .system = { "", "", "\n" }, .user = { "", "", "" }, .assistant = { "", "", "\n" },
    },
};

const struct chat_format *chat_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

const char *chat_format_names(void) { return "bitnet llama3 plain"; }
