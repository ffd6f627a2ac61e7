-- svg.lua: pictures as SVG text, for pages that load nothing: shapes are appended, colours are classes of the page's CSS.

local svg = {}
svg.__index = svg

-- The rules of CSS that pictures need: the classes of shapes, some of which stand in keys beside them, too.
svg.STYLE = [[
svg{width:100%;height:auto;display:block}svg text{font:8.5px system-ui,sans-serif;fill:#1b1f24}
svg .small{font-size:8px}svg .dim{fill:#5b6570}svg .inside{fill:#1b1f24}
.a{fill:#9cc4ec;background:#9cc4ec}.b{fill:#b5dca8;background:#b5dca8}.c{fill:#d9dde2;background:#d9dde2}
.d{fill:#f0c987;background:#f0c987}
.edge{fill:none;stroke:#8a94a0}.rule{stroke:#8a94a0;stroke-dasharray:3 3}.grid{stroke:#e3e6ea}
.roof{stroke:#1b1f24;stroke-width:1.5}.dot{fill:#c2412d}
]]

-- Text as HTML and SVG take it, also inside of quotes.
function svg.escape(text)
  return (tostring(text):gsub('[&<>"]', { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- The width of text in units at font size `size`, an upper bound for a sans-serif font.
function svg.text_width(text, size) return #text * size * 0.6 end

-- A picture of width x height units that scales with the page; label: what it shows, for those who cannot see it.
function svg.new(width, height, label)
  return setmetatable({ width = width, height = height, label = label, parts = {} }, svg)
end

function svg:add(format, ...) self.parts[#self.parts + 1] = format:format(...) end

-- title: shown when pointed at; may be nil.
function svg:rect(x, y, width, height, class, title)
  self:add('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="%s">%s</rect>', x, y, width, height, class,
    title and "<title>" .. svg.escape(title) .. "</title>" or "")
end

-- anchor: "start", "middle" or "end".
function svg:text(x, y, text, anchor, class)
  self:add('<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>', x, y, anchor or "start", class or "",
    svg.escape(text))
end

function svg:line(x1, y1, x2, y2, class)
  self:add('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>', x1, y1, x2, y2, class)
end

function svg:dot(x, y, title)
  self:add('<circle cx="%.1f" cy="%.1f" r="3.5" class="dot"><title>%s</title></circle>', x, y, svg.escape(title))
end

-- An arc from (x, y1) to (x, y2) that bulges to the left.
function svg:arc(x, y1, y2, bulge, class)
  self:add('<path d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f" class="%s"/>', x, y1, x - bulge, y1, x - bulge, y2, x, y2, class)
end

function svg:done()
  return ('<svg viewBox="0 0 %d %d" role="img" aria-label="%s">\n%s\n</svg>\n'):format(self.width, math.ceil(self.height),
    svg.escape(self.label), table.concat(self.parts, "\n"))
end

return svg
