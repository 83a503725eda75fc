-- Takes in what a provider's answer told of its limits of one window; it never raises what may be reserved.
-- KEYS[1] hash of the window's slots
-- ARGV: window in ms, slot in ms, ms for which a told limit is kept, tolerance as a share of the limit,
--   `minute` or `day`, the slot of the answer's request (0: unknown), requests and tokens counted before that slot,
--   then, for each limit: kind (r or t), the configured limit, the told limit, remaining, 1 when remaining counts
-- The provider counted at some instant between the request and its answer, at which our count was at most what was there
-- before the request and what has come since. A minute that still grows from nothing allows for the unknown use before
-- its birth: only what goes beyond both is foreign, and then it is added in full, because that allowance fades.
local found = read_slots(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
local of_minute, since = ARGV[5] == 'minute', tonumber(ARGV[6])
if not of_minute and not found.marks.loaded then return end
local before = {r = tonumber(ARGV[7]), t = tonumber(ARGV[8])}
local current, here = math.floor(now / found.slot), used_since(found, since)

local young = 0
if of_minute then
  local asked = since > 0 and since * found.slot or now
  young = math.min(1, math.max(0, 1 - (asked - (found.marks.born or now)) / found.window))
end

for i = 9, #ARGV, 5 do
  local kind, configured, told, remaining = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local limit = math.min(told, configured)
  if told < configured and told <= limit_of(found, kind, configured) then
    redis.call('HSET', KEYS[1], 'limit:' .. kind, told, 'until:' .. kind, now + tonumber(ARGV[3]))
  end
  local foreign = limit - remaining - before[kind] - here[kind]
  if ARGV[i + 4] == '1' and foreign - young * limit > limit * tonumber(ARGV[4]) then
    redis.call('HINCRBY', KEYS[1], kind .. ':' .. current, foreign)
  end
end
redis.call('PEXPIRE', KEYS[1], of_minute and 86400000 or found.window + 2 * found.slot)
