-- Begins the count of a day with what the ledger knows, once.
-- KEYS[1] hash of the day's slots; ARGV: the ticket, time to live in ms, then slot, requests, tokens, slot …
-- The ticket stands for one life of the hash. While it was not loaded nothing was reserved, so that every ledger read
-- since then is whole; a ledger read for an earlier life would miss what was reserved in between, and is refused.
-- Returns 1 when it was written, 0 when somebody else was first or the hash was lost again.
if redis.call('HGET', KEYS[1], 'ticket') ~= ARGV[1] then return 0 end
if redis.call('HSETNX', KEYS[1], 'loaded', 1) == 0 then return 0 end
for i = 3, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[1], 'r:' .. ARGV[i], ARGV[i + 1])
  redis.call('HINCRBY', KEYS[1], 't:' .. ARGV[i], ARGV[i + 2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
