-- errors_doc.lua: docs/ERRORS.md from gen/errors.lua. Run by `make errors-doc`; a test compares.

local SECTIONS = { [64] = "usage", [65] = "bad data", [66] = "cannot open input", [69] = "not supported", [70] = "internal",
  [71] = "system resources", [73] = "cannot create output", [74] = "input or output failed" }

local lines = { [[
# Errors

Every error is one line on stderr, `error: NAME: message`, and an exit code from sysexits.h; nothing of it goes to stdout.
Outputs are written under a temporary name and renamed, so after an error the previous output is still there. The same
list serves the compiler, the packer and the programs; it is gen/errors.lua, and this page is generated from it.

| name | exit | meaning |
|---|---|---|]] }
for _, row in ipairs(require("gen.errors")) do
  lines[#lines + 1] = ("| %s | %d %s | %s |"):format(row.name, row.exit, SECTIONS[row.exit], row.meaning)
end
lines[#lines + 1] = [[

`make` itself exits with 2 when a recipe fails; `tritc build` turns that into E_TOOL. A program that is interrupted exits with
130 (SIGINT), one whose reader went away with 141 (SIGPIPE), both without a message.]]

return table.concat(lines, "\n") .. "\n"
