
/* ---- the file ---- */

$ for i, t in ipairs(tensors) do
$   if t.bits then
static const uint32_t constants${i}[] = { ${t.bits} }; /* f32 */

$   end
$ end
static const struct tensor tensors[] = {
$ for i, t in ipairs(tensors) do
    {"${t.name}", ${t.writer}, ${t.rows}, ${t.k}, ${t.halves}, {${t.from}}, {${t.scale}}, ${t.bits and "constants" .. i or "0"}},
$ end
};

/* import HEADER OUTPUT SHARD... */
int main(int argc, char **argv)
{
    if (argc < 4)
        error_die(error_set(E_USAGE, "import HEADER OUTPUT SHARD..."));
    paths = argv + 3;
    bar = progress_start("importing", ${total}ull, "MB", 1e6);
    begin_output(argv[2], argv[1]);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        tensors[i].write(&tensors[i]);
        pad_to_32();
    }
    end_output(${total}ull);
    return 0;
}
