/* ---- tables for self-test and bench: their fields are in kernel.h and engine.h ---- */

const struct kernel_row model_kernels[] = {
$ for _, k in ipairs(kernels) do
$   local list = k.list and k.name .. "_" .. k.list or "0"
$   local scaled = k.tiled > 0 and k.name .. "_scaled" or "0"
    {"${k.name}", ${k.name}, ${list}, ${scaled}, "${k.packing}", ${k.code_max}, ${k.k}, ${k.k_pad},
        ${k.rows_pad}, ${k.lanes}, ${k.groups}, ${k.tile_bytes}, ${k.scratch}, ${k.tiled}, ${k.tables and k.tables.min or 0}},
$ end
};
const int model_kernel_count = ${#kernels};
$ if screen then
const struct screen_row model_screen = {"${screen.name}", ${screen.name}, ${screen.k}, ${screen.k_pad}};
$ else
const struct screen_row model_screen = {0, 0, 0, 0};
$ end

const struct skip model_skips[] = {
$ for _, op in ipairs(skips) do local list = op.kernel.list
    {"${op.weight.name}", "${list}", ${op.layer}, ${list == "rows" and op.weight.rows or op.weight.k}, ${op.kernel.list_bytes}},
$ end
    {0, 0, 0, 0, 0},
};
const int model_skip_count = ${#skips};
