/* cmd_selftest.c: `self-test`: one PASS or FAIL line per check, or JSON. Exit code 70 when one
   fails. */
#include "commands.h"
#include "out.h"
#include "selftest.h"

static int rows;

static void report_text(const char *name, enum error e)
{
    if (e)
        out_text("FAIL %s: %s\n", name, error_message());
    else
        out_text("PASS %s\n", name);
    out_flush();
}

static void report_json(const char *name, enum error e)
{
    out_text("%s\n  {\"name\": ", rows++ ? "," : "[");
    out_json_string(name);
    out_text(", \"passed\": %s, \"message\": ", e ? "false" : "true");
    if (e)
        out_json_string(error_message());
    else
        out_text("null");
    out_text("}");
}

enum error cmd_self_test(const struct options *o)
{
    int failed;
    enum error e = selftest(o, o->json ? report_json : report_text, &failed);
    if (o->json)
        out_text("\n]\n");
    if (e)
        return e;
    return failed ? error_set(E_SELF_TEST, "%d %s failed", failed, failed == 1 ? "check" : "checks")
                  : E_OK;
}
