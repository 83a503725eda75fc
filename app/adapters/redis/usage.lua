-- Moves exponentially weighted averages towards what was just reported; a first report is taken as it is.
-- KEYS[1] hash of averages; ARGV: weight of the new value, time to live in ms, then field, value, field, value …
local weight = tonumber(ARGV[1])
for i = 3, #ARGV, 2 do
  local before, value = tonumber(redis.call('HGET', KEYS[1], ARGV[i])), tonumber(ARGV[i + 1])
  redis.call('HSET', KEYS[1], ARGV[i], tostring(before and before + weight * (value - before) or value))
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
