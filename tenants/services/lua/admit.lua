-- Take one credit of a tenant, or say which limit stands in the way. A refused call changes nothing.
--
-- KEYS  its rate; the day's credits by tenant; the month's credits by tenant
-- ARGV  tenant; calls a minute; credits a day, credits a month (-1: no limit);
--       credits already on record for the day and the month ('': not looked up yet), seconds to keep the two counters
-- Returns {limit, microseconds to wait}: {'', 0} when the call is let through, {'unknown', 0} to ask for what is on record.

local MINUTE = 60 * 1000000
local rate, day, month = KEYS[1], KEYS[2], KEYS[3]
local tenant, calls_a_minute, day_limit, month_limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local function used(counter, recorded, seconds)
  local credits = redis.call('HGET', counter, tenant)
  if credits or recorded == '' then return tonumber(credits) end
  redis.call('HSET', counter, tenant, recorded)
  redis.call('EXPIRE', counter, seconds)
  return tonumber(recorded)
end

local today, this_month = used(day, ARGV[5], ARGV[7]), used(month, ARGV[6], ARGV[8])
if not today or not this_month then return {'unknown', 0} end
if month_limit >= 0 and this_month >= month_limit then return {'month', 0} end
if day_limit >= 0 and today >= day_limit then return {'day', 0} end

local wait, due, now = arrive(rate, calls_a_minute, MINUTE)
if wait > 0 then return {'minute', wait} end
let_through(rate, due, now)
redis.call('HINCRBY', day, tenant, 1)
redis.call('HINCRBY', month, tenant, 1)
return {'', 0}
