/* chat.c: the families of chat formats. Contract: chat.h. Sources: the chat templates of
   microsoft/bitnet-b1.58-2B-4T, meta-llama/Meta-Llama-3-8B-Instruct and prism-ml's Bonsai models;
   llama.cpp's llama_chat_apply_template for falcon3, falcon-e, chatml and minicpm. */
#include "chat.h"

#include <stddef.h>
#include <string.h>

#define LLAMA3(role) { "<|start_header_id|>" role "<|end_header_id|>", "\n\n", "", "<|eot_id|>" }
#define FALCON3(role) { "<|" role "|>", "\n", "\n", "" }
#define CHATML(role) { "<|im_start|>", role "\n", "", "<|im_end|>\n" }
#define ROLES(ROLE)                                                                                \
    .system = ROLE("system"), .user = ROLE("user"), .assistant = ROLE("assistant")

static const struct chat_format formats[] = {
    {
        .name = "bitnet", .trim = 1,
        .system = { "", "System: ", "", "<|eot_id|>" },
        .user = { "", "User: ", "", "<|eot_id|>" },
        .assistant = { "", "Assistant: ", "", "<|eot_id|>" },
    },
    { .name = "llama3", .trim = 1, ROLES(LLAMA3) },
    { .name = "falcon3", ROLES(FALCON3) },
    {
        .name = "falcon-e",                /* llama.cpp's: no line ends the role of a message */
        .system = { "", "system", "\n", "" },
        .user = { "", "user", "\n", "" },
        .assistant = { "", "assistant\n", "\n", "" },
    },
    { .name = "chatml", ROLES(CHATML) },
    { .name = "chatml-think", .forgets = 1, ROLES(CHATML) },
    {
        .name = "chatml-no-think", .forgets = 1, ROLES(CHATML),
        .opening = "<think>\n\n</think>\n\n",
    },
    {
        .name = "minicpm", .trim = 1,
        .system = { "", "", "", "" },
        .user = { "<用户>", "", "", "<AI>" },
        .assistant = { "", "", "", "" },
    },
    {
        .name = "plain",                   /* text in, text out: the screen is the context */
        .system = { "", "", "\n", "" }, .user = { "", "", "", "" },
        .assistant = { "", "", "\n", "" },
    },
};

const struct chat_format *chat_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
