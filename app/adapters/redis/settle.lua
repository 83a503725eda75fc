-- Corrects a reservation of window.lua by what the provider counted.
-- KEYS[1] hash of slots; ARGV: the reservation's slot, tokens to add (negative: to give back), slot in ms
-- What was too much is given back where it was taken: in a later slot it would outlive the reservation and let more
-- through than the limit allows. A slot that has expired, or was lost with its Redis, has nothing to give back.
local difference = tonumber(ARGV[2])
if difference < 0 then
  if redis.call('HEXISTS', KEYS[1], 't:' .. ARGV[1]) == 1 then
    redis.call('HINCRBY', KEYS[1], 't:' .. ARGV[1], difference)
  end
  return
end
local clock = redis.call('TIME')
local current = math.floor((clock[1] * 1000 + math.floor(clock[2] / 1000)) / tonumber(ARGV[3]))
redis.call('HINCRBY', KEYS[1], 't:' .. current, difference)
redis.call('PEXPIRE', KEYS[1], 86400000)
