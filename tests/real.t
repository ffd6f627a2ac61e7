#!/usr/bin/env lua5.4
-- real.t: runtime/real.h against docs/NUMERICS.md 3, written down a second time, bit by bit; and against the true values.

package.path = "./?.lua;" .. package.path
local t = require("tests.tap")

-- ---- the definition, in Lua's f64; f32 by rounding every operation (exact: 53 bits are more than 2 * 24 + 2) ----

local function f32(x) return (string.unpack("<f", string.pack("<f", x))) end
local function bits64(x) return (string.unpack("<i8", string.pack("<d", x))) end
local function bits32(x) return (string.unpack("<I4", string.pack("<f", x))) end

local function factorial(k) return k < 2 and 1 or k * factorial(k - 1) end

local EXPF = { 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1 }

local function expf(x)
  if x < -87 then return 0.0 end
  if x > 88 then x = 88.0 end
  local n = f32(f32(f32(x * f32(1.44269504)) + 12582912.0) - 12582912.0)
  local r = f32(x - f32(n * 0.693359375))
  r = f32(r - f32(n * f32(-2.12194440e-4)))
  local p = f32(EXPF[1])
  for i = 2, 6 do p = f32(f32(p * r) + f32(EXPF[i])) end
  local y = f32(f32(f32(p * f32(r * r)) + r) + 1)
  return f32(y * 2.0 ^ n)
end

local function exp(x)
  if x < -700 then return 0.0 end
  if x > 700 then x = 700.0 end
  local n = x * 1.4426950408889634 + 6755399441055744.0 - 6755399441055744.0
  local r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
  local p = 1 / factorial(13)
  for k = 12, 0, -1 do p = p * r + 1 / factorial(k) end
  return p * 2.0 ^ n
end

local function log(x)
  local e = (bits64(x) >> 52) - 1023
  local m = x / 2.0 ^ e
  if m > 1.4142135623730951 then m, e = m / 2, e + 1 end
  local s = (m - 1) / (m + 1)
  local z, p = s * s, 1 / 21
  for k = 19, 1, -2 do p = p * z + 1 / k end
  return e * 6.93147180369123816490e-01 + ((2 * s) * p + e * 1.90821492927058770002e-10)
end

local function parts(x)
  local n = x * 0.63661977236758134308 + 6755399441055744.0 - 6755399441055744.0
  local r = ((x - n * 1.57079632673412561417e+00) - n * 6.07710050630396597660e-11) - n * 2.02226624871116645580e-21
  local z, s, c = r * r, -1 / factorial(19), 1 / factorial(20)
  for k = 17, 1, -2 do s = s * z + (k % 4 == 1 and 1 or -1) / factorial(k) end
  for k = 18, 0, -2 do c = c * z + (k % 4 == 0 and 1 or -1) / factorial(k) end
  return s * r, c, math.tointeger(n) % 4
end

local function sin(x)
  local s, c, quadrant = parts(x)
  return ({ [0] = s, c, -s, -c })[quadrant]
end

local function cos(x)
  local s, c, quadrant = parts(x)
  return ({ [0] = c, -s, -c, s })[quadrant]
end

-- ---- the C code, with each compiler there is ----

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function results(cc, flags, dir)
  local program = quote(dir .. "/real")
  local command = ("%s -std=c11 -ffp-contract=off -fno-math-errno %s -Iruntime -o %s tests/real.c && %s"):format(
    cc, flags, program, program)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a")
end

local function defined_lines()
  local lines = {}
  for i = -4000, 4000 do
    local x = i * 0.17578125
    local size = math.abs(x)
    lines[#lines + 1] = ("%d %08x %016x %016x %016x %016x\n"):format(i, bits32(expf(x)), bits64(exp(x)),
      bits64(log(size + 0.01)), bits64(sin(size * 16)), bits64(cos(size * 16)))
  end
  return table.concat(lines)
end

local function largest_relative_error(mine, true_f, from, to, count)
  local worst = 0
  for i = 0, count do
    local x = f32(from + (to - from) * i / count)
    worst = math.max(worst, math.abs(mine(x) / true_f(x) - 1))
  end
  return worst
end

local pipe = assert(io.popen("mktemp -d"))
local dir = pipe:read("l")
pipe:close()
local want = defined_lines()
for _, cc in ipairs { "gcc", "clang" } do
  if os.execute("command -v " .. cc .. " > /dev/null") then
    t.ok(results(cc, "-O2", dir) == want, cc .. " -O2: 8001 arguments, every bit as defined")
    t.ok(results(cc, "-O0", dir) == want, cc .. " -O0: the same")
  else
    t.skip("no " .. cc, cc)
  end
end
os.execute("rm -r " .. quote(dir))

t.ok(largest_relative_error(expf, math.exp, -86, 88, 20000) < 1.5e-7, "expf is within 1.5e-7")
t.ok(largest_relative_error(exp, math.exp, -700, 700, 20000) < 1e-15, "exp is within 1e-15")
t.ok(largest_relative_error(log, math.log, 1.5, 1e6, 20000) < 1e-15, "log is within 1e-15")
local worst = 0
for i = 0, 20000 do
  local x = i * 12.3456
  worst = math.max(worst, math.abs(sin(x) - math.sin(x)), math.abs(cos(x) - math.cos(x)))
end
t.ok(worst < 1e-15, "sin and cos are within 1e-15 up to 246,912")

-- The golden hash in the programs' own self-test covers the same definition.
local function fnv1a(h, bytes)
  for i = 1, #bytes do h = (h ~ bytes:byte(i)) * 0x100000001b3 end
  return h
end
local h = 0xcbf29ce484222325
for i = 0, 999 do
  h = fnv1a(h, string.pack("<fdddd", expf(f32((i - 500) * 0.171875)), exp((i - 500) * 1.37109375),
    log((i + 1) * 0.01171875), sin(i * 7.90625), cos(i * 7.90625)))
end
local source <close> = assert(io.open("runtime/selftest.c"))
t.is(source:read("a"):match("#define REAL_HASH 0x(%x+)u"), ("%016x"):format(h), "the self-test's hash is the one defined")
t.done()
