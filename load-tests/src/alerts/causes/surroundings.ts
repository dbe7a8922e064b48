/** What services need or send to beside the broker: Redis, the key of the sealed log, the receiver of a sink. */
import { existsSync, renameSync } from "node:fs"
import { join } from "node:path"
import { STREAMS } from "@assay/streams"
import { SERVICE_NAMES } from "@assay/trust"
import { type Cause, grown, nothingToMend, only, READY_MS } from "../cause.ts"
import { type AlertSite, sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

export const readModelAway: Cause = {
  alerts: ["AssayReadModelBehind"],
  what: "Redis is killed",
  during: async (site) => {
    await site.redis.kill("SIGKILL")
    return [await site.untilSeen("the read model is away", (seen) => valuesOf(seen, "assay_read_model_up").includes(0))]
  },
  mended: "it is started again",
  mend: async (site) => {
    await site.redis.start()
    await site.untilSeen("the read model is back", (seen) => {
      const up = valuesOf(seen, "assay_read_model_up")
      return up.length > 0 && up.every((one) => one === 1)
    })
  },
}

const withKeyAway = async (site: AlertSite, move: (key: string, away: string) => void): Promise<void> => {
  const sealer = only(site, SERVICE_NAMES.integrity)
  await sealer.stop()
  const key = [join(site.deployment.sealDir, "log-key.pem"), join(site.deployment.sealDir, "tlog/log-key.pem")]
  const found = key.find((path) => existsSync(path) || existsSync(`${path}.away`))
  if (found === undefined) throw new Error(`there is no log-key.pem in ${site.deployment.sealDir}`)
  move(found, `${found}.away`)
  sealer.start()
}

export const unsealed: Cause = {
  alerts: ["AssayUnsealedAudit"],
  what: "the sealer starts without the log's key",
  during: async (site) => {
    await withKeyAway(site, (key, away) => renameSync(key, away))
    return [
      await site.untilSeen("events have not been sealed for 30 s", (seen) =>
        valuesOf(seen, "assay_unsealed_age_seconds").some((seconds) => seconds > 30),
      ),
    ]
  },
  mended: "the process is stopped, the key restored, the process started",
  mend: async (site) => {
    await withKeyAway(site, (key, away) => renameSync(away, key))
    await site.deployment.untilReady(READY_MS)
    await site.untilSeen("all is sealed", (seen) => {
      const ages = valuesOf(seen, "assay_unsealed_age_seconds")
      return ages.length > 0 && ages.every((seconds) => seconds < 10)
    })
  },
}

const SINK = "export-sink"

/** An export under load whose receiver takes everything. */
const withSink = async (site: AlertSite): Promise<void> => {
  await site.beside(SINK, ["export", "--follow", "--group", "alerts", "--to", site.receiver.to])
  await site.untilSeen("the receiver takes events", (seen) => valuesOf(seen, "assay_sink_up").includes(1))
}

const refused = (seen: Snapshot): number => sumOf(seen, "assay_sink_refused_decisions_total")

export const sinkRefuses: Cause = {
  alerts: ["AssaySinkRefuses"],
  what: "a webhook answers 400",
  prepare: withSink,
  during: (site) => grown(site, { what: "refused events", count: refused }, async () => site.receiver.answers(400)),
  mended: "it takes events again",
  mend: async (site) => site.receiver.answers(204),
}

export const sinkAway: Cause = {
  alerts: ["AssaySinkBehind"],
  what: "nobody listens where a webhook was",
  prepare: withSink,
  during: async (site) => {
    await site.receiver.leave()
    return [await site.untilSeen("the sink is away", (seen) => valuesOf(seen, "assay_sink_up").includes(0))]
  },
  mended: "somebody listens again",
  mend: async (site) => {
    await site.receiver.come()
    await site.untilSeen("the sink is back", (seen) => valuesOf(seen, "assay_sink_up").every((up) => up === 1))
  },
}

const foreign = (seen: Snapshot): number => sumOf(seen, "assay_deadletters_total", `stream="${STREAMS.verified}"`)

export const unproven: Cause = {
  alerts: ["AssayUnprovenVerified"],
  what: "somebody who may write to verified puts a record there that no stage wrote",
  prepare: withSink,
  during: (site) =>
    grown(site, { what: "a reader that met it", count: foreign }, async () => {
      await site.log.append({ stream: STREAMS.verified, partition: 0 }, [
        { key: Buffer.from("foreign"), value: Buffer.from("open the valve") },
      ])
    }),
  mended: "nobody else may write there any more",
  mend: nothingToMend,
}
