-- Asks Latchkey about each request before HAProxy passes it on. Needs HAProxy 2.6 or newer and nothing beside it.
--
--   global
--       setenv LATCHKEY_URL http://127.0.0.1:3000
--       setenv LATCHKEY_VERIFICATION_KEY_FILE /etc/haproxy/latchkey_verification_key
--       lua-load-per-thread /etc/haproxy/latchkey.lua
--   frontend …
--       http-request lua.latchkey
--       http-request return status 503 hdr Retry-After 5 unless { var(txn.latchkey_allowed) -m bool }

local timeout_ms = 5000

-- what the caller proves itself with; none of it reaches the API
local credentials = { "authorization", "x-api-key", "x-scope-token", "dpop" }
-- what the API is told about the caller
local identity = {
  "x-latchkey-subject", "x-latchkey-organisation", "x-latchkey-scopes", "x-latchkey-credential", "x-latchkey-actor",
}
-- what the caller is told when it is refused
local told = { "content-type", "www-authenticate", "x-latchkey-code", "retry-after", "ratelimit", "ratelimit-policy" }

local function setting(name)
  return assert(os.getenv(name), name .. " is not set: setenv must stand before the script")
end

local function read_key()
  local key_file = setting("LATCHKEY_VERIFICATION_KEY_FILE")
  local file = assert(io.open(key_file, "r"), "can't read " .. key_file)
  local key = file:read("l") or ""
  file:close()
  assert(key:match("^[%w_]+$"), key_file .. " must hold a verification key and nothing else")
  return key
end

local url = setting("LATCHKEY_URL") .. "/v1/forward-auth"
local key = read_key()

local function first(headers, name)
  local values = headers[name]
  return values and values[0]
end

-- HAProxy counts the values of a header from 0.
local function all(values)
  local list = {}
  local number = 0
  while values and values[number] do
    list[#list + 1] = values[number]
    number = number + 1
  end
  return list
end

local function question(txn, given)
  local headers = {
    ["x-latchkey-verification-key"] = { key },
    ["x-forwarded-for"] = { txn.f:src() },
    ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
    ["x-forwarded-host"] = { first(given, "host") },
    ["x-forwarded-method"] = { txn.f:method() },
    ["x-forwarded-uri"] = { txn.f:pathq() },
  }
  for _, name in ipairs(credentials) do
    local values = all(given[name])
    if #values > 0 then
      headers[name] = values
    end
  end
  return headers
end

local function refuse(txn, answer)
  local reply = txn:reply()
  local status = answer and answer.status
  if status == 401 or status == 403 or status == 429 or status == 400 then
    reply:set_status(status)
    for _, name in ipairs(told) do
      for _, value in ipairs(all(answer.headers[name])) do
        reply:add_header(name, value)
      end
    end
    if answer.body then
      reply:set_body(answer.body)
    end
  else
    -- it can't be known who calls
    core.Alert("Latchkey answers " .. tostring(status))
    reply:set_status(503)
    reply:add_header("retry-after", "5")
  end
  txn:done(reply)
end

local function allow(txn, given, answer)
  -- whatever a caller says under these names is dropped, however it is written: x_latchkey_…, x.latchkey.…
  for name in pairs(given) do
    if name:find("latchkey", 1, true) then
      txn.http:req_del_header(name)
    end
  end
  for _, name in ipairs(credentials) do
    txn.http:req_del_header(name)
  end
  txn.http:req_set_header("authorization", first(answer.headers, "authorization"))
  for _, name in ipairs(identity) do
    txn.http:req_set_header(name, first(answer.headers, name) or "")
  end
  for _, name in ipairs({ "ratelimit", "ratelimit-policy" }) do
    local value = first(answer.headers, name)
    if value then
      txn:set_var("txn.latchkey_" .. name:gsub("-", "_"), value)
    end
  end
  txn:set_var("txn.latchkey_allowed", true)
end

core.register_action("latchkey", { "http-req" }, function(txn)
  local given = txn.http:req_get_headers()
  local answer = core.httpclient():get({
    url = url,
    headers = question(txn, given),
    timeout = timeout_ms,
  })
  if answer and answer.status == 200 and first(answer.headers, "authorization") then
    allow(txn, given, answer)
  else
    refuse(txn, answer)
  end
end)
