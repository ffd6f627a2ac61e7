-- boards: machines by name: which target a board is, the flags for exactly its cores, and what is known about it, for `plan`.
-- memory: the sizes there are, in GB (2^30 bytes). bandwidth: GB/s that all cores together read at most; source: who says so,
-- "peak" being transfers per second times bytes per transfer; fast: cores that programs use, if not all. What is not known, or
-- depends on what is rented, is missing.
-- flags: added to the target's. Only -mtune and errata: an instruction that the target does not check would be a SIGILL.

return {
  { name = "rpi2", target = "armv7-neon", about = "Raspberry Pi 2: 4 x Cortex-A7, 0.9 GHz", cores = 4,
    flags = { "-mtune=cortex-a7" },
    memory = { 1 }, bandwidth = 3.6, source = "peak, LPDDR2-900 of 32 bits" },
  { name = "rpi3", target = "armv8", about = "Raspberry Pi 3: 4 x Cortex-A53, 1.2 GHz", cores = 4,
    flags = { "-mtune=cortex-a53", "-mfix-cortex-a53-835769" },      -- a multiply-add behind a load: its r0p4 has the erratum
    memory = { 1 }, bandwidth = 3.6, source = "peak, LPDDR2-900 of 32 bits" },
  { name = "rpi4", target = "armv8", about = "Raspberry Pi 4: 4 x Cortex-A72, 1.5 or 1.8 GHz", cores = 4,
    flags = { "-mtune=cortex-a72" },
    memory = { 1, 2, 4, 8 }, bandwidth = 5.5, source = "STREAM, www.sci-pi.org.uk/bench/stream.html" },
  { name = "rpi5", target = "armv8-dotprod", about = "Raspberry Pi 5: 4 x Cortex-A76, 2.4 GHz", cores = 4,
    flags = { "-mtune=cortex-a76" },
    memory = { 1, 2, 4, 8, 16 }, bandwidth = 10.0, source = "assumed, of a peak of 17.1: LPDDR4X-4267 of 32 bits" },
  { name = "rk3588", target = "armv8-dotprod", about = "Rockchip RK3588: 4 x Cortex-A76, 2.4 GHz, and 4 x A55", cores = 8,
    fast = 4, flags = { "-mtune=cortex-a76" },
    memory = { 4, 8, 16, 32 }, bandwidth = 22.0, source = "measured on the Turing RK1, turingpi.com" },
  { name = "jetson-orin", target = "armv8-dotprod", about = "NVIDIA Jetson AGX Orin: 12 x Cortex-A78AE, 2.2 GHz", cores = 12,
    flags = { "-mtune=cortex-a78" },
    memory = { 32, 64 }, bandwidth = 204.8, source = "peak, LPDDR5-6400 of 256 bits" },
  { name = "graviton2", target = "armv8-dotprod", about = "AWS Graviton2: up to 64 x Neoverse N1, 2.5 GHz", cores = 64,
    flags = { "-mtune=neoverse-n1" },
    bandwidth = 204.8, source = "peak of all 64 cores, 8 x DDR4-3200" },
  { name = "graviton3", target = "armv8-i8mm", about = "AWS Graviton3: up to 64 x Neoverse V1, 2.6 GHz", cores = 64,
    flags = { "-mtune=neoverse-v1" },
    bandwidth = 307.2, source = "peak of all 64 cores, 8 x DDR5-4800, en.wikichip.org/wiki/AWS_Graviton3" },
  { name = "ampere-altra", target = "armv8-dotprod", about = "Ampere Altra: 32 to 80 x Neoverse N1, 3.0 GHz", cores = 80,
    flags = { "-mtune=neoverse-n1" },
    bandwidth = 204.8, source = "peak, 8 x DDR4-3200" },
  { name = "apple-m1", target = "armv8-dotprod", about = "Apple M1: 4 fast and 4 small cores, macOS", cores = 8,
    fast = 4, cc = "clang", triple = "arm64-apple-macos11", flags = {},
    memory = { 8, 16 }, bandwidth = 68.2, source = "peak, LPDDR4X-4266 of 128 bits" },
  { name = "apple-m2", target = "armv8-i8mm", about = "Apple M2: 4 fast and 4 small cores, macOS", cores = 8,
    fast = 4, cc = "clang", triple = "arm64-apple-macos11", flags = {},
    memory = { 8, 16, 24 }, bandwidth = 102.4, source = "peak, LPDDR5-6400 of 128 bits" },
  { name = "android", target = "armv8", about = "64-bit Android: one static file, any phone", static = true, flags = {} },
}
