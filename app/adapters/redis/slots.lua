-- What the scripts of the provider's limiter share. It counts in hashes of slots: r:<slot> requests, t:<slot> tokens.
-- Their marks: `born`, `last` and `kept` of the minute (window.lua), `ticket` and `loaded` of the day (load.lua), and
-- limit:<kind> with until:<kind>, a limit that the provider told of, in force until that ms; and of rest.lua:
-- learned:<kind> with learned_at:<kind>, a limit learned from a refusal; `resting`, the ms at which a rest ends, kept until
-- an answer came; `probed`, the ms until which its one probe is out; `strikes`, refused probes in a row.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- What counts within `window` ms; what has expired is removed.
local function read_slots(key, window, slot)
  local state = redis.call('HGETALL', key)
  local found = {used = {r = 0, t = 0}, slots = {}, marks = {}, window = window, slot = slot}
  local oldest, expired = math.floor((now - window) / slot), {}
  for i = 1, #state, 2 do
    local field, value = state[i], tonumber(state[i + 1])
    if string.sub(field, 2, 2) ~= ':' then
      found.marks[field] = value
    else
      local kind, at = string.sub(field, 1, 1), tonumber(string.sub(field, 3))
      if at < oldest then
        expired[#expired + 1] = field
      else
        found.used[kind] = found.used[kind] + value
        found.slots[#found.slots + 1] = {at = at, kind = kind, value = value}
      end
    end
  end
  if #expired > 0 then redis.call('HDEL', key, unpack(expired)) end
  return found
end

-- What was counted in slot `from` and later.
local function used_since(found, from)
  local sums = {r = 0, t = 0}
  for _, one in ipairs(found.slots) do
    if one.at >= from then sums[one.kind] = sums[one.kind] + one.value end
  end
  return sums
end

-- The ms until enough slots have expired for `amount` more of a kind to fit under `limit`.
local function wait_for_slots(found, kind, amount, limit)
  local left = found.used[kind]
  if left + amount <= limit then return 0 end
  table.sort(found.slots, function(a, b) return a.at < b.at end)
  for _, one in ipairs(found.slots) do
    if one.kind == kind then
      left = left - one.value
      if left + amount <= limit then return (one.at + 1) * found.slot + found.window - now end
    end
  end
  return found.window
end

-- A limit that a refusal has lowered stays near there for minutes and then grows back, slowly first, to the whole in a
-- quarter of an hour (the shape of CUBIC, RFC 9438: stay where it last went well, and try for more when that is long ago).
local function grown(found, kind, configured)
  local learned, at = found.marks['learned:' .. kind], found.marks['learned_at:' .. kind]
  if not learned or not at then return configured end
  return math.min(configured, math.floor(learned + configured * 0.0003 * ((now - at) / 60000) ^ 3))
end

-- The limit in force: the configured one, one learned, or a lower one that the provider told of; and the ms it lasts.
local function limit_of(found, kind, configured)
  configured = grown(found, kind, configured)
  local told, ends = found.marks['limit:' .. kind], found.marks['until:' .. kind]
  if told and ends and ends > now and told < configured then return told, ends - now end
  return configured, math.huge
end
