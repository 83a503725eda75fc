-- Reserves one request of ARGV[3] tokens in a sliding window, all or nothing.
-- KEYS[1] hash of slots: r:<slot> requests, t:<slot> tokens, `born`, `last`; KEYS[2] the rest after a 429
-- ARGV: requests a minute, tokens a minute, tokens wanted, urgent (1 or 0), window in ms, slot in ms
-- Returns {milliseconds to wait (0: reserved), 1 when the limit is the bottleneck, the slot of the reservation}.
-- Within the first window after birth the limit grows from nothing: a lost Redis starts empty. Below half of the limit a
-- request goes at once; above it they are spaced by the refill interval, so that the next one is never far.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local requests, tokens = tonumber(ARGV[1]), tonumber(ARGV[2])
local wanted = math.min(tonumber(ARGV[3]), tokens)
local urgent, window, slot = ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('HSETNX', KEYS[1], 'born', now)
local state = redis.call('HGETALL', KEYS[1])
local oldest = math.floor((now - window) / slot)
local born, last, expired, used, slots = now, 0, {}, {r = 0, t = 0}, {}
for i = 1, #state, 2 do
  local field, value = state[i], tonumber(state[i + 1])
  if field == 'born' then
    born = value
  elseif field == 'last' then
    last = value
  else
    local kind, at = string.sub(field, 1, 1), tonumber(string.sub(field, 3))
    if at < oldest then
      expired[#expired + 1] = field
    else
      used[kind] = used[kind] + value
      slots[#slots + 1] = {at = at, kind = kind, value = value}
    end
  end
end
if #expired > 0 then redis.call('HDEL', KEYS[1], unpack(expired)) end
redis.call('PEXPIRE', KEYS[1], 86400000)
local rest = redis.call('PTTL', KEYS[2])
if rest > 0 then return {rest, 1} end

local age = math.min(1, (now - born) / window)
local interval = window / requests

-- The ms until `amount` more of a kind fits under `limit`: while the limit grows, and then as slots expire.
local function wait_for(kind, amount, limit)
  if used[kind] + amount <= limit * age then return 0 end
  if used[kind] + amount <= limit then return math.ceil((used[kind] + amount) / limit * window - (now - born)) end
  table.sort(slots, function(a, b) return a.at < b.at end)
  local left = used[kind]
  for _, one in ipairs(slots) do
    if one.kind == kind then
      left = left - one.value
      if left + amount <= limit then return (one.at + 1) * slot + window - now end
    end
  end
  return window
end

local wait = math.max(wait_for('r', 1, requests), wait_for('t', wanted, tokens))
local crowded = wait > 0 or used.r * 2 >= requests * age
if crowded and not (urgent and used.r + 2 < requests * age) then
  wait = math.max(wait, math.ceil(interval - (now - last)))
end
if wait > 0 then return {wait, 1} end
local current = math.floor(now / slot)
redis.call('HINCRBY', KEYS[1], 'r:' .. current, 1)
redis.call('HINCRBY', KEYS[1], 't:' .. current, wanted)
redis.call('HSET', KEYS[1], 'last', now)
return {0, crowded and 1 or 0, current}
