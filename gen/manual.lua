-- manual.lua: the man page and the completion for bash, from the table of commands that --help is printed from.
-- Run by `make man` and `make install`.

local cli = require("gen.cli")

local manual = {}

-- ---- tritc(1) ----

-- Text as man(7) takes it: no escapes, no requests, and hyphens that can be copied.
local function roff(text)
  return (text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("^([.'])", "\\&%1"))
end

local function options_of(command, lines)
  for _, o in ipairs(command.options) do
    local tag = o.value and ('.BI "%s " "%s"'):format(roff(o.flag), roff(o.value)) or ".B " .. roff(o.flag)
    lines[#lines + 1] = (".TP\n%s\n%s"):format(tag, roff(o.help))
  end
end

-- The text of tritc.1.
function manual.page()
  local lines = { (".TH TRITC 1 \"\" \"tritc %s\"\n.SH NAME\ntritc \\- %s"):format(cli.VERSION, roff(cli.ABOUT)), ".SH SYNOPSIS" }
  for _, c in ipairs(cli.commands) do
    local words = cli.operands(c) .. (#c.options > 0 and " [OPTIONS]" or "")
    lines[#lines + 1] = ('.BR "tritc %s" " %s"\n.br'):format(c.name, roff(words))
  end
  lines[#lines + 1] = ".SH COMMANDS"
  for _, c in ipairs(cli.commands) do
    lines[#lines + 1] = (".SS tritc %s %s\n%s"):format(c.name, roff(cli.operands(c)), roff(c.about))
    options_of(c, lines)
  end
  lines[#lines + 1] = ".SH EXIT STATUS\n0 after success; after an error a code of sysexits.h, and one line that names it:"
  local codes, meanings = {}, {}
  for _, row in ipairs(require("gen.errors")) do
    if not meanings[row.exit] then codes[#codes + 1] = row.exit end
    meanings[row.exit] = (meanings[row.exit] and meanings[row.exit] .. ", " or "") .. row.name
  end
  table.sort(codes)
  for _, code in ipairs(codes) do lines[#lines + 1] = (".TP\n.B %d\n%s"):format(code, meanings[code]) end
  return table.concat(lines, "\n") .. "\n"
end

-- ---- completion ----

local BASH = [[
# tritc.bash: completion for bash, made from the table of commands.

_tritc()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=
    if [ "$COMP_CWORD" = 1 ]; then
        words="%s --help --version"
    elif [ "$prev" = --target ]; then
        words="native $(tritc targets 2>/dev/null | cut -d' ' -f1)"
    elif [ "$prev" = --chat-template ]; then
        words="%s"
    elif [ "$prev" = synth ]; then
        words="$(tritc models 2>/dev/null | sed '1d;/^$/,$d' | cut -d' ' -f1)"
    elif [ "${cur:0:1}" = - ]; then
        case ${COMP_WORDS[1]} in
%s
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _tritc tritc
]]

-- The text of the completion file. Where it knows no word, bash completes file names.
function manual.completion()
  local names, cases = {}, {}
  for i, c in ipairs(cli.commands) do
    local flags = { "--help" }
    for _, o in ipairs(c.options) do flags[#flags + 1] = o.flag end
    names[i], cases[i] = c.name, ('        %s) words="%s" ;;'):format(c.name, table.concat(flags, " "))
  end
  return BASH:format(table.concat(names, " "), table.concat(require("gen.chat").NAMES, " "), table.concat(cases, "\n"))
end

return manual
