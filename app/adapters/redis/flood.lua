-- Takes one message from every bucket or from none (GCRA: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
-- KEYS[1] when this limiter was born; KEYS[2] the rest after a 429; KEYS[3..] buckets
-- ARGV: interval in ms, burst and rate_factor (0 to 1), for each bucket
-- Returns the milliseconds to wait: 0 when the message was taken.
-- A slower rate_factor stretches the interval and shrinks the burst alike, to one message at least.
-- A bucket without state counts as empty at birth: after a lost Redis nothing bursts, and an idle bucket may expire.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('SET', KEYS[1], now, 'NX')
local born = tonumber(redis.call('GET', KEYS[1]))
local wait = math.max(0, redis.call('PTTL', KEYS[2]))
local arrivals = {}
for i = 3, #KEYS do
  local usual, burst, rate_factor = tonumber(ARGV[3 * i - 8]), tonumber(ARGV[3 * i - 7]), tonumber(ARGV[3 * i - 6])
  local interval = usual / rate_factor
  local tolerance = math.max(usual * burst, interval)
  local due = tonumber(redis.call('GET', KEYS[i])) or (born + tolerance)
  arrivals[i] = math.max(due, now) + interval
  wait = math.max(wait, arrivals[i] - tolerance - now)
end
if wait > 0 then
  return math.ceil(wait)
end
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], arrivals[i], 'PX', math.ceil(arrivals[i] - now) + 1000)
end
return 0
