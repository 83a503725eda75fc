-- Makes a provider rest after it refused or failed, and lowers a limit of the minute that turned out too high.
-- KEYS[1] hash of the minute's slots (slots.lua)
-- ARGV: ms to rest, kind of the limit to lower (r, t, or empty for none), the configured limit, window in ms, slot in ms,
--   ms of the first repeated rest, most ms of a repeated rest
-- The limit falls to nine tenths of what was taken in the last minute, at most to a tenth of what it was; one refusal of
-- a burst lowers it, and a refused probe (window.lua) does not: it only shows that the rest was too short, and doubles it.
local ms, kind, configured = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local found = read_slots(KEYS[1], tonumber(ARGV[4]), tonumber(ARGV[5]))
local rests = found.marks.resting or 0
local is_probe = (found.marks.probed or 0) > now
local strikes = is_probe and (found.marks.strikes or 0) + 1 or 0

if kind ~= '' and not is_probe and rests <= now then
  local limit = limit_of(found, kind, configured)
  local taken = found.used[kind] - (kind == 'r' and 1 or 0)
  local lowered = math.max(limit / 10, math.min(limit, taken) * 0.9)
  redis.call('HSET', KEYS[1], 'learned:' .. kind, math.max(1, math.floor(lowered)), 'learned_at:' .. kind, now)
end
if strikes > 0 then ms = math.max(ms, math.min(tonumber(ARGV[7]), tonumber(ARGV[6]) * 2 ^ (strikes - 1))) end
redis.call('HSET', KEYS[1], 'resting', math.max(rests, now + ms), 'strikes', strikes)
redis.call('HDEL', KEYS[1], 'probed')
redis.call('PEXPIRE', KEYS[1], 86400000)
