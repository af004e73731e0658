-- KEYS  the rate
-- ARGV  calls a period; the period in seconds
-- Returns the microseconds to wait, 0 when the call is let through.

local wait, due, now = arrive(KEYS[1], tonumber(ARGV[1]), ARGV[2] * 1000000)
if wait > 0 then return wait end
let_through(KEYS[1], due, now)
return 0
