-- bitnet-2b-4t.lua: the part of LLaMA-3's vocabulary that the published prompts of BitNet b1.58 2B4T need.

return {
  pre = "default",
  tokens = [==[
272 Ġc 275 it 276 an 278 al 284 Ġ= 285 is 297 Ġo 301 el 315 Ġof 346 ce 374 Ġis 383 he 385 lo 391 ap 435 ĠF 489 Ġ+ 685 ance
791 The 2107 Ġcap 2223 ital 2939 ĠFr 4896 ello 6864 Ġcapital 7459 íķ 9822 ĠFrance 14901 ìĦ 15269 ìļ 15339 hello 16582 íķĺ
31495 ìķ 36811 ìļĶ 42529 ìĦ¸ 51402 ìĦ¸ìļĶ 75265 ëħ 92245 íķĺìĦ¸ìļĶ 101193 ìķĪ 116024 ëħķ 124409 ëħķíķĺìĦ¸ìļĶ]==],
  merges = [==[
Ġ c i t a n a l Ġ = i s Ġ o e l Ġo f c e Ġ is h e l o a p Ġ F Ġ + an ce T he Ġc ap it al ĠF r el lo Ġcap ital í ķ ĠFr ance ì Ħ
ì ļ h ello íķ ĺ ì ķ ìļ Ķ ìĦ ¸ ìĦ¸ ìļĶ ë ħ íķĺ ìĦ¸ìļĶ ìķ Ī ëħ ķ ëħķ íķĺìĦ¸ìļĶ]==],
}
