-- Keeps a silent tick among the last of its bot and counts its reason by hour, for the bot and for the fleet.
-- KEYS: the bot's list, the bot's counts of the day, the fleet's; ARGV: the tick, how many are kept, seconds that
-- an untouched list lives, field of the counts, seconds that counts live
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
for i = 2, 3 do
  redis.call('HINCRBY', KEYS[i], ARGV[4], 1)
  redis.call('EXPIRE', KEYS[i], ARGV[5])
end
