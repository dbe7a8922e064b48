/** `npm run redis:down`: stops what redis:up started, and says so where there was nothing to stop. */
import { main } from "../local/command.ts"
import { downOf } from "../local/down.ts"
import { DATA } from "./options.ts"
import { redisServer } from "./server.ts"

export const down = downOf({
  name: "redis:down",
  what: "server",
  data: DATA,
  server: (dir) => redisServer({ dir, port: 0 }),
  files: ["redis.conf", "redis.pid", "console.log", "console.log.1", "dump.rdb", "nodes.conf"],
  directories: ["appendonlydir"],
})

if (import.meta.main) await main(down)
