-- f32.lua: the few constants that are computed before C: f32 arithmetic in Lua's f64. Rounding a sum, product, quotient or root
-- of f32 values from f64 once more gives the IEEE f32 result (53 >= 2 * 24 + 2), the same on every machine.

local f32 = {}

-- x rounded to the nearest f32.
function f32.round(x) return (("<f"):unpack(("<f"):pack(x))) end

-- The bit pattern of the f32 nearest to x.
function f32.bits(x) return (("<I4"):unpack(("<f"):pack(x))) end

return f32
