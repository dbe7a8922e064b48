/**
 * What Redis does in one piece. A script that fails in its middle is not undone, so each first looks at all it needs, then
 * writes. Every key of a call has the same hash tag.
 */

/** Raises what is no wrong type; a wrong type means that the key is not ours. */
const CHECK = `
local function foreign(reply)
  if type(reply) ~= 'table' or not reply.err then return false end
  if string.sub(reply.err, 1, 9) == 'WRONGTYPE' then return true end
  error(reply.err)
end
`

/**
 * Applies a batch, or nothing of it: data and position in one.
 *
 * KEYS position, strangers, principals, then one for each device
 * ARGV the number of streams; for each its name, the position that must be stored ('' for none), and the next;
 *      the batch's time ('' keeps it); '1' where the end was reached; how many strangers, and how many principals, are kept;
 *      the number of counts by principal; for each the principal, its order, how many were rejected, how many of them signed, the time;
 *      for each device: DID, number of facts, number of rejections, then name and value of each fact, and each rejection
 *
 * A fact's value begins with 25 characters that order it (device-facts.ts). Only a newer one replaces what is there, and only what
 * is newer is counted: so a record applied again, or late, changes nothing, whatever the position says. Rejections are kept of
 * devices that were admitted: whoever makes keys for himself fills nothing.
 * Answers 'ok' and a list of strangers in excess (more than one batch can bring), each with its score; or 'moved' where the position is another; 'closed' where the
 * generation was replaced; 'foreign' and the key.
 */
export const APPLY = `${CHECK}
local ORDER = 25
local count = tonumber(ARGV[1])
local names = {}
for i = 1, count do names[i] = ARGV[3 * i - 1] end
local have = redis.pcall('HMGET', KEYS[1], 'closed', unpack(names))
if foreign(have) then return {'foreign', KEYS[1]} end
if have[1] then return {'closed'} end
for i = 1, count do
  if (have[i + 1] or '') ~= ARGV[3 * i] then return {'moved'} end
end
if foreign(redis.pcall('ZCARD', KEYS[2])) then return {'foreign', KEYS[2]} end
local counted = redis.pcall('HLEN', KEYS[3])
if foreign(counted) then return {'foreign', KEYS[3]} end
local known = {}
for i = 4, #KEYS do
  known[i] = redis.pcall('HMGET', KEYS[i], 't', 'd', 'o', 'z', 'r', 'l', 'n')
  if foreign(known[i]) then return {'foreign', KEYS[i]} end
end

local at = 3 * count + 2
local time, reached, keep, most = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
local counts = tonumber(ARGV[at + 4])
at = at + 5
for _ = 1, counts do
  local name, order, rejected, signed, last = unpack(ARGV, at, at + 4)
  at = at + 5
  local before = redis.call('HGET', KEYS[3], name)
  if not before and counted >= most then
    name = '(others)'
    before = redis.call('HGET', KEYS[3], name)
  end
  if not before then
    before = ' 0 0 0'
    counted = counted + 1
  end
  local was, r, s = string.match(before, '^(%S*) (%d+) (%d+)')
  if was and was < order then
    redis.call('HSET', KEYS[3], name, order .. string.format(' %.0f %.0f ', r + rejected, s + signed) .. last)
  end
end
local PLACE = {t = 1, d = 2, o = 3, z = 4, l = 6, n = 7}
local born = 0
for i = 4, #KEYS do
  local old = known[i]
  local did, facts, rejections = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  at = at + 3
  local newest = ''
  local admitted = old[1]
  for _ = 1, facts do
    local name, value = ARGV[at], ARGV[at + 1]
    at = at + 2
    local order = string.sub(value, 1, ORDER)
    local before = old[PLACE[name]]
    if not before or string.sub(before, 1, ORDER) < order then redis.call('HSET', KEYS[i], name, value) end
    if name == 't' then admitted = true end
    if order > newest then newest = order end
  end
  local last = old[5] and string.sub(old[5], 1, ORDER) or ''
  for _ = 1, rejections do
    local value = ARGV[at]
    at = at + 1
    local order = string.sub(value, 1, ORDER)
    if last < order then
      redis.call('HSET', KEYS[i], 'r', value)
      redis.call('HINCRBY', KEYS[i], 'rc', 1)
      last = order
      if order > newest then newest = order end
    end
  end
  if newest ~= '' then
    if not (old[1] or old[2] or old[3] or old[4] or old[5] or old[6] or old[7]) then born = born + 1 end
    if admitted then redis.call('ZREM', KEYS[2], did)
    else redis.call('ZADD', KEYS[2], 'GT', tonumber(string.sub(newest, 1, 16)), did) end
  end
end
for i = 1, count do redis.call('HSET', KEYS[1], names[i], ARGV[3 * i + 1]) end
if time ~= '' then redis.call('HSET', KEYS[1], 'time', time) end
if reached == '1' then redis.call('HSET', KEYS[1], 'complete', '1') end
if born > 0 then redis.call('HINCRBY', KEYS[1], 'devices', born) end
local excess = redis.call('ZCARD', KEYS[2]) - keep
if excess <= 0 then return {'ok', {}} end
return {'ok', redis.call('ZRANGE', KEYS[2], 0, math.min(excess, 4096) - 1, 'WITHSCORES')}
`

/**
 * Forgets strangers that APPLY named, unless they have spoken or were admitted since.
 * KEYS position, strangers, then one for each device; ARGV DID and score of each.
 */
export const FORGET = `
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'closed') == 1 then return 0 end
local gone = 0
for i = 3, #KEYS do
  local did, score = ARGV[2 * i - 5], ARGV[2 * i - 4]
  if redis.call('ZSCORE', KEYS[2], did) == score and redis.call('HEXISTS', KEYS[i], 't') == 0 then
    redis.call('ZREM', KEYS[2], did)
    gone = gone + redis.call('UNLINK', KEYS[i])
  end
end
if gone > 0 then redis.call('HINCRBY', KEYS[1], 'devices', -gone) end
return gone
`

/**
 * The root: which generation is in use. A generation's name is the time at which it began, so that none is ever used twice,
 * also after somebody has deleted the root.
 */
const ROOT = `
local KIND = 'assay read model'
local function now() local t = redis.call('TIME'); return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) end
local function fresh() local t = redis.call('TIME'); return t[1] .. string.format('%06d', tonumber(t[2])) end
local function ours()
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind == 'none' then
    redis.call('HSET', KEYS[1], 'kind', KIND, 'current', fresh(), 'retired', '')
    return true
  end
  return kind == 'hash' and redis.call('HGET', KEYS[1], 'kind') == KIND
end
local function retire(generation)
  local list = redis.call('HGET', KEYS[1], 'retired')
  redis.call('HSET', KEYS[1], 'retired', list == '' and generation or list .. ',' .. generation)
end
`

/** KEYS root. Answers 'ok' and the generation in use (a new one where there is no root); or 'foreign'. */
export const OPEN = `${ROOT}
if not ours() then return {'foreign', KEYS[1]} end
return {'ok', redis.call('HGET', KEYS[1], 'current')}
`

/**
 * KEYS root; ARGV a token, and for how many milliseconds it holds. Answers 'ok' and the generation to build, or 'busy'.
 * What an abandoned rebuild left is retired.
 */
export const BEGIN = `${ROOT}
if not ours() then return {'foreign', KEYS[1]} end
local building, lease = unpack(redis.call('HMGET', KEYS[1], 'building', 'lease'))
if building and tonumber(lease) > now() then return {'busy'} end
if building then retire(building) end
local generation = fresh()
redis.call('HSET', KEYS[1], 'building', generation, 'token', ARGV[1], 'lease', string.format('%.0f', now() + tonumber(ARGV[2])))
return {'ok', generation}
`

/** KEYS root; ARGV the token, and for how long it holds from now. Answers 1, or 0 where the rebuild is no longer ours. */
export const RENEW = `${ROOT}
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lease', string.format('%.0f', now() + tonumber(ARGV[2])))
return 1
`

/** KEYS root; ARGV the token. What was built is in use from here on. Answers 1, or 0 where the rebuild is no longer ours. */
export const SWITCH = `${ROOT}
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
local current, building = unpack(redis.call('HMGET', KEYS[1], 'current', 'building'))
retire(current)
redis.call('HSET', KEYS[1], 'current', building)
redis.call('HDEL', KEYS[1], 'building', 'token', 'lease')
return 1
`

/** KEYS root; ARGV the token. A rebuild that failed: what it wrote is retired. */
export const ABANDON = `${ROOT}
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
retire(redis.call('HGET', KEYS[1], 'building'))
redis.call('HDEL', KEYS[1], 'building', 'token', 'lease')
return 1
`

/** KEYS root; ARGV a generation that is deleted now. */
export const DELETED = `
local left = {}
for generation in string.gmatch(redis.call('HGET', KEYS[1], 'retired') or '', '[^,]+') do
  if generation ~= ARGV[1] then left[#left + 1] = generation end
end
redis.call('HSET', KEYS[1], 'retired', table.concat(left, ','))
return #left
`

/** KEYS a retired generation's position; ARGV seconds. Whoever still writes there gets that answer for that long. */
export const CLOSE = `
redis.call('UNLINK', KEYS[1])
redis.call('HSET', KEYS[1], 'closed', '1')
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
`
