-- texts.lua: the texts of llama.cpp's public vocabulary tests, whose ids are published (models/ggml-vocab-*.gguf.out).

return {
  "ied 4 ½ months", "Führer", "", " ", "  ", "   ", "\t", "\n", "\n\n", "\n\n\n", "\t\n", "Hello world", " Hello world",
  "Hello World",
  " Hello World", " Hello World!", "Hello, world!", " Hello, world!", " this is 🦙.cpp", "w048 7tuijk dsdfhu", "нещо на Български",
  "កាន់តែពិសេសអាចខលចេញ", "🚀 (normal) 😶\u{200D}🌫\u{FE0F} (multiple emojis concatenated) ✅ (only emoji that has its own token)",
  "Hello", " Hello", "  Hello", "   Hello", "    Hello", "    Hello\n    Hello", " (", "\n =", "' era",
  "Hello, y'all! How are you 😁 ?我想在apple工作1314151天～", "!!!!!!", "3", "33", "333", "3333", "33333", "333333", "3333333",
  "33333333", "333333333", "Cửa Việt", " discards",
  "\n \n\n \n\n\n \t \t\t \t\n  \n   \n    \n     \n🚀 (normal) 😶\u{200D}🌫\u{FE0F} (multiple emojis concatenated) ✅ 🦙🦙 3 33 333 "
    .. "3333 33333 333333 3333333 33333333 3.3 3..3 3...3 កាន់តែពិសេសអាច😁 ?我想在apple工作1314151天～ ------======= нещо на Български "
    .. "''''''```````\"\"\"\"......!!!!!!?????? I've been 'told he's there, 'RE you sure? 'M not sure I'll make it, 'D you like "
    .. "some tea? We'Ve a'lL", " Việt",
}
