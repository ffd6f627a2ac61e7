
/* ---- vocabulary: the tokens that merges make, and the merges ----
 * Token FIRST + k is the k-th word over 32 syllables, shorter words first, then by their digits.
 * Every part of a word is a shorter word: it stands earlier, and any split of a word is a merge. */

#define VOCAB ${vocab}
#define SPECIALS ${specials}
#define FIRST ${first_word}
#define WORDS (VOCAB - FIRST - SPECIALS)
$ if spm then
#define SPACE "\342\226\201" /* U+2581, a space in SentencePiece's tokens */
$ else
#define MERGES ${merges} /* one per word, and further splits of the first words */
#define SPACE "\304\240" /* U+0120, a space in the byte-level alphabet */
$ end

/* Frequent English letter pairs */
static const char *const syllable[32][2] = {
    {SPACE, "t"}, {SPACE, "a"}, {SPACE, "s"}, {SPACE, "w"}, {SPACE, "c"}, {SPACE, "o"},
    {"t", "h"}, {"h", "e"}, {"i", "n"}, {"e", "r"}, {"a", "n"}, {"r", "e"}, {"o", "n"},
    {"a", "t"}, {"e", "n"}, {"n", "d"}, {"t", "i"}, {"e", "s"}, {"o", "r"}, {"t", "e"},
    {"e", "d"}, {"i", "s"}, {"i", "t"}, {"a", "l"}, {"a", "r"}, {"s", "t"}, {"t", "o"},
    {"n", "t"}, {"n", "g"}, {"s", "e"}, {"h", "a"}, {"o", "u"},
};

struct word {
    int n; /* syllables */
    int digit[4];
};

static struct word word(uint32_t k)
{
    struct word w = {1, {0}};
    for (uint32_t span = 32; k >= span; span *= 32, w.n++)
        k -= span;
    for (int i = w.n; i-- > 0; k /= 32)
        w.digit[i] = (int)(k % 32);
    return w;
}

/* Appends letters [from, to) of w, two per syllable, to text; returns the new end. */
static char *spell(char *text, const struct word *w, int from, int to)
{
    for (int i = from; i < to; i++) {
        const char *letter = syllable[w->digit[i / 2]][i % 2];
        size_t n = strlen(letter);
        memcpy(text, letter, n);
        text += n;
    }
    return text;
}

static void put_string(const char *text, const char *end)
{
    uint64_t n = (uint64_t)(end - text);
    put(&n, sizeof n);
    put(text, n);
}

static void put_words(void)
{
    char text[32];
    for (uint32_t k = 0; k < WORDS; k++) {
        struct word w = word(k);
        put_string(text, spell(text, &w, 0, 2 * w.n));
    }
}

$ if not spm then
static void put_merge(const struct word *w, int split)
{
    char text[32], *end = spell(text, w, 0, split);
    *end++ = ' ';
    put_string(text, spell(end, w, split, 2 * w->n));
}

static void put_merges(void)
{
    uint32_t further = MERGES - WORDS;
    for (uint32_t k = 0; k < WORDS; k++) {
        struct word w = word(k);
        put_merge(&w, w.n == 1 ? 1 : 2);
        for (int i = 2; i < w.n && further > 0; i++, further--)
            put_merge(&w, 2 * i);
    }
}

$ end
$ if spm then
/* The shorter word is the better token. */
static void put_scores(void)
{
    for (uint32_t i = 0; i < VOCAB; i++) {
        float score = i < 259 || i >= VOCAB - SPECIALS ? 0 : -(float)i;
        put(&score, sizeof score);
    }
}

static void put_types(void)
{
    const int32_t normal = 1, unknown = 2, control = 3, byte = 6;
    for (uint32_t i = 0; i < VOCAB; i++)
        put(i == 0 ? &unknown
            : i < 3 || i >= VOCAB - SPECIALS ? &control
            : i < 259 ? &byte : &normal, sizeof normal);
}
$ else
static void put_scores(void)
{
    const float zero = 0;
    for (uint32_t i = 0; i < VOCAB; i++)
        put(&zero, sizeof zero);
}

static void put_types(void)
{
    const int32_t normal = 1, control = 3;
    for (uint32_t i = 0; i < VOCAB; i++)
        put(i < VOCAB - SPECIALS ? &normal : &control, sizeof normal);
}
$ end
