/** A server in a process of its own, with a small heap: what `flood.long.test.ts` attacks. Tells its URL, then its memory when asked. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { Metrics } from "@assay/telemetry"
import { makeIngress } from "../../../src/core/ingress.ts"
import { Quota } from "../../../src/core/quota.ts"
import { accessFor } from "../../../src/http/access.ts"
import { healthRoutes } from "../../../src/http/routes/health.ts"
import { messagesRoute } from "../../../src/http/routes/messages.ts"
import { startServer } from "../../../src/http/server.ts"
import { readTls } from "../../../src/http/tls.ts"

/** Series of one instrument: the text of /metrics comes to about a megabyte, as on a node of many partitions. */
const SERIES = 8_000
const PLENTY = 1_000_000

const [pairs, name] = process.argv.slice(2)
const tls =
  pairs === undefined
    ? null
    : readTls({ tlsCert: join(pairs, `${name}.pem`), tlsKey: join(pairs, `${name}.key`), tlsCa: null, tlsRights: "" })

const dir = mkdtempSync(join(tmpdir(), "assay-flood-"))
const log = await openEmbedded({ dir, partitions: 2 })
const metrics = new Metrics()
const filler = metrics.registry.instrument({
  name: "flood.filler",
  kind: "gauge",
  unit: "",
  help: "makes the text long",
  labels: ["nth"],
})
for (let n = 0; n < SERIES; n++) filler.set(n, `${n}`.padStart(96, "0"))
const server = await startServer({
  host: "127.0.0.1",
  port: 0,
  access: accessFor("127.0.0.1", [], []),
  routes: [
    messagesRoute(
      makeIngress({
        log,
        quota: new Quota(PLENTY, PLENTY),
        maxBacklog: PLENTY,
        backlog: async () => 0,
        onAccepted: () => undefined,
      }),
    ),
    ...healthRoutes({ metrics, notReady: () => null }),
  ],
  tls,
  onRefused: () => undefined,
})
process.on("message", () => process.send!({ rss: process.memoryUsage.rss() }))
process.once("disconnect", () => {
  rmSync(dir, { recursive: true, force: true })
  process.exit()
})
process.send!({ url: server.url })
