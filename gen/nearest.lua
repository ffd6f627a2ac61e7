-- nearest.lua: nearest(name, names) -> those of names that a mistyped name is likeliest to mean.

-- The least number of letters to insert, leave out or replace to make b of a (Levenshtein).
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + (same and 0 or 1))
    end
  end
  return row[#b]
end

-- At most three, the nearest first, equally near ones in the order of names. Capitals and separators do not count; a part of a
-- name is as near as can be.
return function(name, names)
  local function plain(s) return (s:lower():gsub("[^%w]", "")) end
  local order, far = {}, {}
  for i, candidate in ipairs(names) do
    order[i] = i
    local typed, known = plain(name:sub(1, 64)), plain(candidate)
    far[i] = #typed > 2 and known:find(typed, 1, true) and 0 or distance(typed, known)
  end
  table.sort(order, function(i, j)
    if far[i] ~= far[j] then return far[i] < far[j] end
    return i < j
  end)
  local list = {}
  for i = 1, math.min(3, #order) do list[i] = names[order[i]] end
  return list
end
