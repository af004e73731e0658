-- The generic cell rate algorithm on Redis' own clock, in microseconds: `limit` calls a `period`, which may come at once.
-- Prepended to the scripts that use it.

-- How long a call must wait (0: let it through), when the next would be due if it is let through, and the time now.
local function arrive(key, limit, period)
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local due = math.floor(math.max(redis.call('GET', key) or 0, now) + period / limit)
  local wait = math.max(due - period - now, 0)
  return math.min(wait, period), due, now
end

-- Lua would print so large a number in fourteen digits.
local function let_through(key, due, now)
  redis.call('SET', key, string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
end
