/** `npm run onem2m:down`: stops what onem2m:up started, and says so where there was nothing to stop. */
import { main } from "../local/command.ts"
import { downOf } from "../local/down.ts"
import { DATA } from "./options.ts"
import { acmeServer } from "./server.ts"

export const down = downOf({
  name: "onem2m:down",
  what: "CSE",
  data: DATA,
  server: (dir) => acmeServer({ dir, port: 0 }),
  files: ["acme.ini", "arguments", "acme.pid", "console.log", "console.log.1"],
  directories: ["data", "logs"],
})

if (import.meta.main) await main(down)
