-- Reserves one request of ARGV[3] tokens in a sliding window, all or nothing.
-- KEYS[1] hash of slots: r:<slot> requests, t:<slot> tokens, `born`, `last`; KEYS[2] the rest after a 429
-- ARGV: requests a minute, tokens a minute, tokens wanted, urgent (1 or 0), window in ms, slot in ms
-- Returns {milliseconds to wait (0: reserved), 1 when the limit is the bottleneck, the slot of the reservation}.
-- Within the first window after birth the limit grows from nothing: a lost Redis starts empty. Below half of the limit a
-- request goes at once; above it they are spaced by the refill interval, so that the next one is never far.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local requests, tokens, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local urgent, window, slot = ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('HSETNX', KEYS[1], 'born', now)
local state = redis.call('HGETALL', KEYS[1])
local oldest = math.floor((now - window) / slot)
local born, last, used_requests, used_tokens, expired = now, 0, 0, 0, {}
local first_slot = nil
for i = 1, #state, 2 do
  local field, value = state[i], tonumber(state[i + 1])
  if field == 'born' then
    born = value
  elseif field == 'last' then
    last = value
  else
    local at = tonumber(string.sub(field, 3))
    if at < oldest then
      expired[#expired + 1] = field
    else
      if string.sub(field, 1, 1) == 'r' then used_requests = used_requests + value else used_tokens = used_tokens + value end
      if value > 0 and (first_slot == nil or at < first_slot) then first_slot = at end
    end
  end
end
if #expired > 0 then redis.call('HDEL', KEYS[1], unpack(expired)) end
redis.call('PEXPIRE', KEYS[1], 86400000)
local rest = redis.call('PTTL', KEYS[2])
if rest > 0 then return {rest, 1} end
local age = math.min(1, (now - born) / window)
local interval = window / requests
if used_requests + 1 > requests * age then
  if age < 1 then return {math.ceil((used_requests + 1) * interval - (now - born)), 1} end
  return {math.max(50, (first_slot + 1) * slot + window - now), 1}
end
wanted = math.min(wanted, tokens)
if used_tokens + wanted > tokens * age then
  if age < 1 then return {math.ceil((used_tokens + wanted) / tokens * window - (now - born)), 1} end
  return {math.max(50, (first_slot + 1) * slot + window - now), 1}
end
local crowded = used_requests * 2 >= requests * age
if crowded and not (urgent and used_requests + 2 < requests * age) and now - last < interval then
  return {math.ceil(interval - (now - last)), 1}
end
local current = math.floor(now / slot)
redis.call('HINCRBY', KEYS[1], 'r:' .. current, 1)
redis.call('HINCRBY', KEYS[1], 't:' .. current, wanted)
redis.call('HSET', KEYS[1], 'last', now)
return {0, crowded and 1 or 0, current}
