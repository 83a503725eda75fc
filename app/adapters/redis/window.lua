-- Reserves one request of ARGV[3] tokens in a sliding minute and, where it has limits, a sliding day, all or nothing.
-- Where the minute cannot hold as many, what is left of it is taken, if that is at least the fewest.
-- KEYS[1] hash of the minute's slots (slots.lua); KEYS[2] hash of the day's slots
-- ARGV: requests a minute, tokens a minute, tokens wanted, urgent (1 or 0), window in ms, slot in ms,
--   requests a day, tokens a day (0: no limit), the day's window in ms, the day's slot in ms, fewest tokens,
--   1 to peek only: nothing is taken or kept; 1 for bulk; ms that a probe may take; ms by which people's probes go first
-- Returns {ms to wait (0: reserved), 1 when the limit is the bottleneck, slot, tokens taken, requests and tokens counted
--   before that slot, the day's slot, tokens taken of the day, the day's ticket}, or {-1, 1, ticket}: load the day first.
-- Within the first window after birth the limit grows from nothing: a lost Redis starts empty. Below half of the limit a
-- request goes at once; above it they are spaced by the refill interval, so that the next one is never far. A request
-- that is late by up to half an interval does not delay the next: small delays would add up over the minute.
-- After a rest one request probes, a person's if there is one; the others wait for its end. Under a limit lowered by a
-- refusal, bulk takes at most half of it.
-- The next place is `kept` for an urgent request that found none, until half an interval after it was told to
-- come, a slot at least: a worker that is a little late must not cost a person a whole interval.
local wanted, urgent = tonumber(ARGV[3]), ARGV[4] == '1'
local window, slot = tonumber(ARGV[5]), tonumber(ARGV[6])
local day_requests, day_tokens = tonumber(ARGV[7]), tonumber(ARGV[8])
local day_window, day_slot = tonumber(ARGV[9]), tonumber(ARGV[10])
local fewest, peeks = math.min(wanted, tonumber(ARGV[11])), ARGV[12] == '1'
redis.call('HSETNX', KEYS[1], 'born', now)
local minute = read_slots(KEYS[1], window, slot)
redis.call('PEXPIRE', KEYS[1], 86400000)
local rests, look = minute.marks.resting, tonumber(ARGV[15])
if rests then
  local from = urgent and rests or rests + look
  if from > now then return {math.ceil(from - now), 1} end
  local probed = minute.marks.probed or 0
  if probed > now then return {math.ceil(math.min(probed - now, look)), 1} end
end

local day
if day_requests + day_tokens > 0 then
  day = read_slots(KEYS[2], day_window, day_slot)
  redis.call('HSETNX', KEYS[2], 'ticket', clock[1] * 1000000 + clock[2])
  redis.call('PEXPIRE', KEYS[2], day_window + 2 * day_slot)
  local ticket = tonumber(redis.call('HGET', KEYS[2], 'ticket'))
  if not day.marks.loaded then return {-1, 1, ticket} end
else
  redis.call('DEL', KEYS[2]) -- a day that is not counted throughout is not known any more
end

local age = math.min(1, (now - minute.marks.born) / window)

-- The ms until `amount` more of a kind fits into the minute: while its limit grows, and then as slots expire.
local function wait_for_minute(kind, amount, limit, lasts)
  local sum = minute.used[kind] + amount
  if sum <= limit * age then return 0 end
  local grown = math.ceil(sum / limit * window - (now - minute.marks.born))
  return math.min(lasts, sum <= limit and grown or wait_for_slots(minute, kind, amount, limit))
end

-- The same for the day, and how much of `amount` is to be taken: what is more than a whole day waits for a clear one.
local function wait_for_day(kind, amount, configured)
  if configured == 0 then return 0, amount end
  local limit, lasts = limit_of(day, kind, configured)
  local taken = math.min(amount, limit)
  return math.min(lasts, wait_for_slots(day, kind, taken, limit)), taken
end

local requests, requests_last = limit_of(minute, 'r', tonumber(ARGV[1]))
local tokens, tokens_last = limit_of(minute, 't', tonumber(ARGV[2]))
if minute.used.t + wanted > tokens then
  wanted = math.max(fewest, math.min(wanted, math.floor(tokens - minute.used.t)))
end
if ARGV[13] == '1' and requests < tonumber(ARGV[1]) then requests = math.max(1, math.floor(requests / 2)) end
local taken, day_taken, day_wait = math.min(wanted, tokens), 0, 0
local wait = math.max(
  wait_for_minute('r', 1, requests, requests_last), wait_for_minute('t', taken, tokens, tokens_last))
local saturated = wait > 0 or minute.used.r * 2 >= requests * age
local next_due = (minute.marks.last or 0) + window / requests
if saturated and not (urgent and minute.used.r + 2 < requests * age) then
  wait = math.max(wait, math.min(requests_last, math.ceil(next_due - now)))
end
if urgent and wait > 0 then
  redis.call('HSET', KEYS[1], 'kept', math.ceil(now + wait + math.max(slot, window / requests / 2)))
elseif urgent then
  redis.call('HDEL', KEYS[1], 'kept')
else
  wait = math.max(wait, math.ceil((minute.marks.kept or 0) - now))
end
if day then
  day_wait, day_taken = wait_for_day('t', wanted, day_tokens)
  wait = math.max(wait, day_wait, (wait_for_day('r', 1, day_requests)))
end
if wait > 0 then return {math.ceil(wait), 1} end
if peeks then return {0, saturated and 1 or 0} end

if rests then redis.call('HSET', KEYS[1], 'probed', now + tonumber(ARGV[14])) end
local current, today = math.floor(now / slot), math.floor(now / day_slot)
local since = used_since(minute, current)
redis.call('HINCRBY', KEYS[1], 'r:' .. current, 1)
redis.call('HINCRBY', KEYS[1], 't:' .. current, taken)
local in_rhythm = saturated and now > next_due and now <= next_due + window / requests / 2
redis.call('HSET', KEYS[1], 'last', in_rhythm and next_due or now)
if day then
  redis.call('HINCRBY', KEYS[2], 'r:' .. today, 1)
  redis.call('HINCRBY', KEYS[2], 't:' .. today, day_taken)
end
local before = {r = minute.used.r - since.r, t = minute.used.t - since.t}
return {0, saturated and 1 or 0, current, taken, before.r, before.t, today, day_taken, day and day.marks.ticket or 0}
