/** `GET /v1/streams`: the log's name, which operators' commands carry, and where each stream ends. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { logName } from "@assay/trust"
import type { Route } from "../route.ts"

export const streamsRoute = (log: Log): Route => ({
  method: "GET",
  path: "/v1/streams",
  doc: { summary: "The log's name, and where each stream ends", answers: { 200: "`epoch`, `log`, `ends`" } },
  right: "read",
  role: "operator",
  handle: async () => {
    const ends: Record<string, Array<number>> = {}
    for (const stream of Object.values(STREAMS)) {
      ends[stream] = []
      for (let partition = 0; partition < log.partitions; partition++) {
        ends[stream].push((await log.bounds({ stream, partition })).end)
      }
    }
    return { status: 200, body: { epoch: log.epoch, log: logName(log), ends } }
  },
})
