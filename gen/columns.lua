-- columns.lua: rows of texts as lines, every column as wide as its widest text. For what commands print.

-- right: { [column] = true } of those whose texts end, not begin, in one place, as numbers do; or nil.
return function(rows, right)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do widths[i] = math.max(widths[i] or 0, #text) end
  end
  for n, row in ipairs(rows) do
    local texts = {}
    for i, text in ipairs(row) do
      local blanks = (" "):rep(widths[i] - #text)
      texts[i] = right and right[i] and blanks .. text or text .. blanks
    end
    lines[n] = table.concat(texts, "  "):gsub(" +$", "")
  end
  return lines
end
