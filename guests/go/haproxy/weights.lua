-- Lets the connector `haproxy` of servo change the weights of servers over HTTP, which the stats page cannot do.
--
-- In haproxy.cfg:
--     global
--         lua-load /etc/haproxy/weights.lua
--     frontend admin                      # one that only administrators reach
--         http-request use-service lua.servo-weights if METH_POST { path /servo/weights }
--
-- POST /servo/weights?backend=app&web1=3&web2=5 sets both weights, or none of them.

local function reply(applet, status, text)
    applet:set_status(status)
    applet:add_header("content-type", "text/plain")
    applet:add_header("content-length", tostring(#text))
    applet:start_response()
    applet:send(text)
end

local function unescape(text)
    return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

core.register_service("servo-weights", "http", function(applet)
    local wanted, name = {}, nil
    for key, value in (applet.qs or ""):gmatch("([^&=]+)=([^&]*)") do
        key, value = unescape(key), unescape(value)
        if key == "backend" then
            name = value
        else
            wanted[key] = value
        end
    end
    local backend = name and core.backends[name]
    if not backend then
        return reply(applet, 404, "there is no backend `" .. tostring(name) .. "`\n")
    end
    for server, weight in pairs(wanted) do
        local number = tonumber(weight)
        if not backend.servers[server] then
            return reply(applet, 404, "the backend has no server `" .. server .. "`\n")
        elseif not number or number < 0 or number > 256 or number ~= math.floor(number) then
            return reply(applet, 400, "`" .. weight .. "` is not a weight from 0 to 256\n")
        end
    end
    for server, weight in pairs(wanted) do
        local refused = backend.servers[server]:set_weight(weight)
        if refused then
            return reply(applet, 409, server .. ": " .. refused)
        end
    end
    reply(applet, 200, "ok\n")
end)
