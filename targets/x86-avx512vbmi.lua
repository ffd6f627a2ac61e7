-- x86-avx512vbmi: AVX-512 with VNNI and byte permutes: Intel since Ice Lake (2019), AMD since Zen 4.

return {
  name = "x86-avx512vbmi",
  parent = "x86-avx512",
  about = "x86-64 with AVX-512, VNNI and VBMI",
  rank = 50,

  cflags = { "-mavx2", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni", "-mavx512vbmi" },
  needs = "avx2 f16c avx512f avx512bw avx512vl avx512vnni avx512vbmi",
}
