-- round_up.lua: the smallest multiple of `unit` that is at least n, for sizes of our own (sums of file numbers: gen/checked.lua).

return function(n, unit) return (n + unit - 1) // unit * unit end
