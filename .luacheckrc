-- .luacheckrc: what luacheck looks at beside its defaults. `make lint` runs it.
std = "lua54"
max_line_length = false              -- tests/lint.t measures lines
ignore = {
  "211/cleanup", "211/scratch",      -- variables that only wait to be closed
  "581",                             -- not (x <= y) is true for a NaN, x > y is not
}
