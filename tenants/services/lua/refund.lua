-- Give one credit back. A counter that has vanished since stays away: it would start at -1 instead of from the record.
--
-- KEYS  the day's credits by tenant; the month's credits by tenant
-- ARGV  tenant

for _, counter in ipairs(KEYS) do
  if tonumber(redis.call('HGET', counter, ARGV[1]) or 0) > 0 then
    redis.call('HINCRBY', counter, ARGV[1], -1)
  end
end
