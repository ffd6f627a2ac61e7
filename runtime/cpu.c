/* cpu.c: CPU features by name: CPUID and trials on x86, the auxiliary vector on Arm and RISC-V,
   sysctl on macOS. Contract: cpu.h. Sources: Intel SDM vol. 2A (CPUID) and vol. 1 ch. 13; Linux
   arch/{arm,arm64}/uapi/asm/hwcap.h. */
#define _DEFAULT_SOURCE

#include "cpu.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>

enum { EAX, EBX, ECX, EDX };

/* Register state that the operating system must save and restore, as bits of XCR0. */
#define STATE_NONE 0x0u
#define STATE_AVX 0x6u                     /* xmm, ymm */
#define STATE_AVX512 0xe6u                 /* and opmask, upper zmm, zmm16-31 */
#define STATE_AMX 0x60000u                 /* tile configuration and data */

struct feature {
    const char *name;
    uint32_t leaf, subleaf;
    int reg, bit;
    uint32_t state;
    void (*attempt)(void);                 /* executes an instruction of it; NULL: CPUID will do */
};

/* Hypervisors have shown bits of CPUID whose instructions then trapped. Bytes, for assemblers older
   than the instructions; each ends with vzeroupper or tilerelease. */
static void attempt_avxvnni(void)          /* {vex} vpdpbusd %ymm0, %ymm0, %ymm0 */
{
    __asm__ volatile(".byte 0xc4, 0xe2, 0x7d, 0x50, 0xc0; .byte 0xc5, 0xf8, 0x77" ::: "xmm0");
}

static void attempt_gfni(void)             /* vgf2p8affineqb $0, %ymm0, %ymm0, %ymm0 */
{
    __asm__ volatile(".byte 0xc4, 0xe3, 0xfd, 0xce, 0xc0, 0x00; .byte 0xc5, 0xf8, 0x77" ::: "xmm0");
}

static void attempt_avx512bw(void)         /* vpaddb %zmm0, %zmm0, %zmm0 */
{
    __asm__ volatile(".byte 0x62, 0xf1, 0x7d, 0x48, 0xfc, 0xc0; .byte 0xc5, 0xf8, 0x77" ::: "xmm0");
}

static void attempt_avx512vnni(void)       /* vpdpbusd %zmm0, %zmm0, %zmm0 */
{
    __asm__ volatile(".byte 0x62, 0xf2, 0x7d, 0x48, 0x50, 0xc0; .byte 0xc5, 0xf8, 0x77" ::: "xmm0");
}

static void attempt_avx512vbmi(void)       /* vpermb %zmm0, %zmm0, %zmm0 */
{
    __asm__ volatile(".byte 0x62, 0xf2, 0x7d, 0x48, 0x8d, 0xc0; .byte 0xc5, 0xf8, 0x77" ::: "xmm0");
}

static void attempt_amx_int8(void)         /* ldtilecfg (%rax); tdpbusd %tmm2, %tmm1, %tmm0 */
{
#if defined(__x86_64__)
    /* palette 1; bytes of a row and rows of tiles 0, 1, 2 */
    static const uint8_t config[64] = { [0] = 1, [16] = 4, [18] = 4, [20] = 4, [48] = 1, 1, 1 };
    __asm__ volatile(".byte 0xc4, 0xe2, 0x78, 0x49, 0x00; .byte 0xc4, 0xe2, 0x69, 0x5e, 0xc1;"
                     ".byte 0xc4, 0xe2, 0x78, 0x49, 0xc0" : : "a"(config) : "memory");
#endif
}

static const struct feature features[] = {
    { "sse2",            1, 0, EDX, 26, STATE_NONE, NULL },
    { "sse3",            1, 0, ECX, 0,  STATE_NONE, NULL },
    { "ssse3",           1, 0, ECX, 9,  STATE_NONE, NULL },
    { "sse4.1",          1, 0, ECX, 19, STATE_NONE, NULL },
    { "sse4.2",          1, 0, ECX, 20, STATE_NONE, NULL },
    { "popcnt",          1, 0, ECX, 23, STATE_NONE, NULL },
    { "movbe",           1, 0, ECX, 22, STATE_NONE, NULL },
    { "lzcnt",           0x80000001, 0, ECX, 5, STATE_NONE, NULL },
    { "bmi",             7, 0, EBX, 3,  STATE_NONE, NULL },
    { "bmi2",            7, 0, EBX, 8,  STATE_NONE, NULL },
    { "avx",             1, 0, ECX, 28, STATE_AVX, NULL },
    { "f16c",            1, 0, ECX, 29, STATE_AVX, NULL },
    { "fma",             1, 0, ECX, 12, STATE_AVX, NULL },
    { "avx2",            7, 0, EBX, 5,  STATE_AVX, NULL },
    { "gfni",            7, 0, ECX, 8,  STATE_AVX, attempt_gfni },
    { "avxvnni",         7, 1, EAX, 4,  STATE_AVX, attempt_avxvnni },
    { "avxifma",         7, 1, EAX, 23, STATE_AVX, NULL },
    { "avxvnniint8",     7, 1, EDX, 4,  STATE_AVX, NULL },
    { "avxneconvert",    7, 1, EDX, 5,  STATE_AVX, NULL },
    { "avx512f",         7, 0, EBX, 16, STATE_AVX512, NULL },
    { "avx512dq",        7, 0, EBX, 17, STATE_AVX512, NULL },
    { "avx512ifma",      7, 0, EBX, 21, STATE_AVX512, NULL },
    { "avx512cd",        7, 0, EBX, 28, STATE_AVX512, NULL },
    { "avx512bw",        7, 0, EBX, 30, STATE_AVX512, attempt_avx512bw },
    { "avx512vl",        7, 0, EBX, 31, STATE_AVX512, NULL },
    { "avx512vbmi",      7, 0, ECX, 1,  STATE_AVX512, attempt_avx512vbmi },
    { "avx512vbmi2",     7, 0, ECX, 6,  STATE_AVX512, NULL },
    { "avx512vnni",      7, 0, ECX, 11, STATE_AVX512, attempt_avx512vnni },
    { "avx512bitalg",    7, 0, ECX, 12, STATE_AVX512, NULL },
    { "avx512vpopcntdq", 7, 0, ECX, 14, STATE_AVX512, NULL },
    { "avx512bf16",      7, 1, EAX, 5,  STATE_AVX512, NULL },
    { "avx512fp16",      7, 0, EDX, 23, STATE_AVX512, NULL },
    { "amx-bf16",        7, 0, EDX, 22, STATE_AMX, NULL },
    { "amx-tile",        7, 0, EDX, 24, STATE_AMX, NULL },
    { "amx-int8",        7, 0, EDX, 25, STATE_AMX, attempt_amx_int8 },
};

static uint32_t cpuid_register(const struct feature *f)
{
    uint32_t r[4] = { 0 };
    if (f->subleaf > 0) {                  /* the largest subleaf stands in EAX of subleaf 0 */
        if (!__get_cpuid_count(f->leaf, 0, &r[EAX], &r[EBX], &r[ECX], &r[EDX])
            || r[EAX] < f->subleaf)
            return 0;
    }
    if (!__get_cpuid_count(f->leaf, f->subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]))
        return 0;
    return r[f->reg];
}

/* XCR0, or 0 where the operating system has not enabled xgetbv (CPUID.1:ECX.OSXSAVE). */
static uint32_t enabled_state(void)
{
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

/* Linux gives tile state only on request: arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA). */
static int tiles_granted(void)
{
#if defined(__linux__) && defined(SYS_arch_prctl)
    return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
#else
    return 0;
#endif
}

static sigjmp_buf untried;

static void on_illegal(int number)
{
    siglongjmp(untried, number);
}

/* SIGILL is caught only meanwhile. Not for two threads at once; model_open is not either. */
static int executes(void (*attempt)(void))
{
    struct sigaction action = { .sa_handler = on_illegal }, before;
    volatile int executed = attempt == NULL;
    if (!executed && sigaction(SIGILL, &action, &before) == 0) {
        if (sigsetjmp(untried, 1) == 0) {
            attempt();
            executed = 1;
        }
        sigaction(SIGILL, &before, NULL);
    }
    return executed;
}

static int usable(const struct feature *f)
{
    return (cpuid_register(f) >> f->bit & 1) != 0
        && (enabled_state() & f->state) == f->state
        && (f->state != STATE_AMX || tiles_granted())
        && executes(f->attempt);
}

#elif defined(__linux__) && (defined(__aarch64__) || defined(__arm__) || defined(__riscv))

#include <sys/auxv.h>

struct feature {
    const char *name;
    unsigned long vector;                  /* AT_HWCAP or AT_HWCAP2 */
    int bit;
};

static const struct feature features[] = {
#if defined(__aarch64__)
    { "asimd",   AT_HWCAP, 1 },
    { "crc32",   AT_HWCAP, 7 },
    { "atomics", AT_HWCAP, 8 },
    { "fphp",    AT_HWCAP, 9 },
    { "asimdhp", AT_HWCAP, 10 },
    { "asimddp", AT_HWCAP, 20 },
    { "sve",     AT_HWCAP, 22 },
    { "asimdfhm", AT_HWCAP, 23 },
    { "sve2",    AT_HWCAP2, 1 },
    { "svei8mm", AT_HWCAP2, 9 },
    { "svebf16", AT_HWCAP2, 12 },
    { "i8mm",    AT_HWCAP2, 13 },
    { "bf16",    AT_HWCAP2, 14 },
    { "sme",     AT_HWCAP2, 23 },
    { "sme2",    AT_HWCAP2, 37 },
#elif defined(__arm__)
    { "neon",    AT_HWCAP, 12 },
    { "vfpv3",   AT_HWCAP, 13 },
    { "vfpv4",   AT_HWCAP, 16 },
    { "idiva",   AT_HWCAP, 17 },
    { "asimddp", AT_HWCAP, 24 },
    { "i8mm",    AT_HWCAP, 27 },
#else
    { "m",       AT_HWCAP, 'm' - 'a' },
    { "f",       AT_HWCAP, 'f' - 'a' },
    { "d",       AT_HWCAP, 'd' - 'a' },
    { "v",       AT_HWCAP, 'v' - 'a' },
#endif
};

static int usable(const struct feature *f)
{
    return (int)((uint64_t)getauxval(f->vector) >> f->bit & 1);
}

#elif defined(__APPLE__) && defined(__aarch64__)

#include <sys/sysctl.h>

struct feature { const char *name, *key; };

static const struct feature features[] = {
    { "asimd",   "hw.optional.neon" },
    { "atomics", "hw.optional.arm.FEAT_LSE" },
    { "asimddp", "hw.optional.arm.FEAT_DotProd" },
    { "i8mm",    "hw.optional.arm.FEAT_I8MM" },
    { "bf16",    "hw.optional.arm.FEAT_BF16" },
    { "sme",     "hw.optional.arm.FEAT_SME" },
    { "sme2",    "hw.optional.arm.FEAT_SME2" },
};

static int usable(const struct feature *f)
{
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(f->key, &value, &size, NULL, 0) == 0 && value != 0;
}

#else

struct feature { const char *name; };
static const struct feature features[] = { { "base" } };
static int usable(const struct feature *f) { return f == features; }

#endif

#define FEATURE_COUNT ((int)(sizeof features / sizeof features[0]))

const char *cpu_feature(int i, int *present)
{
    if (i < 0 || i >= FEATURE_COUNT)
        return NULL;
    *present = usable(&features[i]);
    return features[i].name;
}

static int present_by_name(const char *name, size_t length)
{
    for (int i = 0; i < FEATURE_COUNT; i++)
        if (strlen(features[i].name) == length && memcmp(features[i].name, name, length) == 0)
            return usable(&features[i]);
    return 0;
}

const char *cpu_missing(const char *needs)
{
    static char missing[32];
    while (*(needs += strspn(needs, " "))) {
        size_t length = strcspn(needs, " ");
        if (!present_by_name(needs, length)) {
            size_t shown = length < sizeof missing ? length : sizeof missing - 1;
            memcpy(missing, needs, shown);
            missing[shown] = '\0';
            return missing;
        }
        needs += length;
    }
    return NULL;
}
