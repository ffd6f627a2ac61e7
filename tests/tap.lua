-- tap.lua: the Test Anything Protocol for the Lua tests, read by prove.
-- t.ok(cond, name), t.is(got, want, name), t.fails(error_name, f, name), t.skip(reason, name), t.done().

local t = { count = 0, failed = 0 }

function t.ok(cond, name)
  t.count = t.count + 1
  if not cond then t.failed = t.failed + 1 end
  print(("%s %d - %s"):format(cond and "ok" or "not ok", t.count, name))
  return cond
end

function t.is(got, want, name)
  if not t.ok(got == want, name) then
    print("#   got: " .. tostring(got):gsub("\n", "\n#   "))
    print("#  want: " .. tostring(want):gsub("\n", "\n#   "))
  end
end

-- f() must raise the named error of gen/fail.lua.
function t.fails(error_name, f, name)
  local ok, e = pcall(f)
  t.is(ok and "no error" or type(e) == "table" and e.name or tostring(e), error_name, name)
end

function t.skip(reason, name)
  t.count = t.count + 1
  print(("ok %d - %s # SKIP %s"):format(t.count, name, reason))
end

function t.done()
  print("1.." .. t.count)
  os.exit(t.failed == 0, true)
end

return t
