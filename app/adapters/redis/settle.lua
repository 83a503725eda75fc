-- Corrects a reservation of window.lua by what the provider counted.
-- KEYS[1] hash of the minute's slots; KEYS[2] of the day's
-- ARGV: tokens used, the reservation's slot, tokens taken, slot in ms, and, 0 throughout without a day: the day's slot,
--   tokens taken of the day, slot in ms, ticket, time to live in ms
-- What was too much is given back where it was taken: in a later slot it would outlive the reservation and let more
-- through than the limit allows. A slot that has expired, or was lost with its Redis, has nothing to give back.
-- An answer ends the probing after a rest; a request that was not made leaves the probe to another one.
local used = tonumber(ARGV[1])
redis.call('HDEL', KEYS[1], 'probed')
if used > 0 then redis.call('HDEL', KEYS[1], 'resting', 'strikes') end

local function correct(key, at, taken, slot)
  local difference = used - taken
  if difference > 0 then
    redis.call('HINCRBY', key, 't:' .. math.floor(now / slot), difference)
  elseif redis.call('HEXISTS', key, 't:' .. at) == 1 then
    redis.call('HINCRBY', key, 't:' .. at, difference)
  end
end

correct(KEYS[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]))
redis.call('PEXPIRE', KEYS[1], 86400000)
if ARGV[8] == '0' then return end
if redis.call('HGET', KEYS[2], 'ticket') == ARGV[8] then
  correct(KEYS[2], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]))
else
  -- Lost since: the ledger, read before this answer came, may not know of these tokens.
  correct(KEYS[2], ARGV[5], 0, tonumber(ARGV[7]))
end
redis.call('PEXPIRE', KEYS[2], ARGV[9])
