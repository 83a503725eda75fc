-- Moves the number of requests that may be in flight at a provider, after one of them ended.
-- KEYS[1] hash of `places`, `best` (least seconds a token), `cut` (the ms of the last cut)
-- ARGV: places at first, most places, requests in flight when it began, seconds a token, 1 when it hung,
--   1 to mind latency, growth of latency up to which there is room, growth from which there are too many, share kept of a
--   cut, ms between cuts, time to live in ms, weight of a lone request in `best`, growth of the places a round
-- Additive increase, multiplicative decrease (Chiu and Jain, 1989). A request that is alone measures `best` anew: a model
-- that became slower loses its places down to one, and then gets them back.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local places = tonumber(redis.call('HGET', KEYS[1], 'places')) or tonumber(ARGV[1])
local best = tonumber(redis.call('HGET', KEYS[1], 'best'))
local cut = tonumber(redis.call('HGET', KEYS[1], 'cut')) or 0
local most, in_flight, seconds = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local hung, minds = ARGV[5] == '1', ARGV[6] == '1'

local growth = 1
if not hung then
  best = math.min(seconds, best or seconds)
  if in_flight == 1 then best = best + (seconds - best) * tonumber(ARGV[12]) end
  growth = minds and seconds / best or 1
end
local crowded = hung or (growth > tonumber(ARGV[8]) and in_flight > 1)
if crowded and now - cut >= tonumber(ARGV[10]) then
  places = math.max(1, places * tonumber(ARGV[9]))
  redis.call('HSET', KEYS[1], 'cut', now)
elseif not crowded and growth <= tonumber(ARGV[7]) and in_flight >= math.floor(places) then
  places = math.min(most, places + tonumber(ARGV[13]) / places)
end
redis.call('HSET', KEYS[1], 'places', tostring(places))
if best then redis.call('HSET', KEYS[1], 'best', tostring(best)) end
redis.call('PEXPIRE', KEYS[1], ARGV[11])
