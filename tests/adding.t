#!/usr/bin/env lua5.4
-- adding.t: the commands of "Add a target", "Add a kernel" and "Add an architecture" do what the text says, in a copy of the tree.
package.path = "./?.lua;" .. package.path

local cases = require("tests.gguf_cases")
local file = require("gen.file")
local programs = require("tests.programs")
local shell = require("gen.shell")
local t = require("tests.tap")

local folder <close> = cases.folder()
local D = folder.path
local here = shell.capture({ "pwd" }):match("[^\n]+")
programs.run(("cp -r gen templates targets %s && ln -s %s/runtime %s/models %s && mkdir %s/out"):format(D, here, here, D, D))
programs.plain(D)

-- Runs every command of a section: the lines that are indented by seven. Returns what they wrote, in one text.
local function follow(title)
  local section = (file.read("docs/ADDING.md") .. "\n## "):match("\n## " .. title .. "\n(.-)\n## ")
  local said, count = {}, 0
  for line in section:gmatch("\n       (%l[^\n]*)") do
    if not line:find(" bench$") then               -- takes longer than all others, and has a test of its own; as a scan has
      local model = line:match("tritc build (%S+)")
      if model then programs.facts(D .. "/" .. model, D .. "/" .. (line:match("%-o (%S+)") or "out/shakespeare-mine")) end
      local out, code, err = programs.run(("cd %s && timeout 60 %s </dev/null"):format(D, line))
      count = count + 1
      said[count] = out
      if not t.ok(code == 0, title .. ": " .. line) then print("# " .. err:gsub("\n", "\n# ")) end
    end
  end
  t.ok(count >= 3, ("%s: %d commands"):format(title, count))
  return table.concat(said)
end

local target = follow("Add a target")
t.ok(target:find("PASS gemm_t2_mine_k256\n") and not target:find("FAIL"), "the new target's kernels pass the self-test")
-- A table that differs in one number more: f32 vectors that are wider than a tile of the kernel.
programs.run(("sed -i 's/vec_bytes = 16/vec_bytes = 64/' %s/targets/mine.lua"):format(D))
local kernel = follow("Add a kernel")
t.ok(kernel:find("PASS gemm_t2_mine_k256\n") and not kernel:find("FAIL"), "the new kernel passes the self-test")
t.ok(kernel:find("from templates gemv_t2_mine "), "and was made of the new template")
local arch = follow("Add an architecture")
t.ok(arch:find("PASS forward pass\n") and not arch:find("FAIL"), "a model of the new architecture passes the self-test")
local copied = file.read(D .. "/out/mine/report.txt")
t.ok(copied:find("^model +mine %(mine%)"), "and its report has the new name")
t.done()
