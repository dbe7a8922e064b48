/** What whoever reads tables hears of: nothing comes, messages are missing, or nobody makes rows. */
import { setTimeout as sleep } from "node:timers/promises"
import { envelopeOf, type World } from "@assay/fleet"
import { nowSeconds } from "../../now.ts"
import { type Cause, grown, nothingToMend } from "../cause.ts"
import { type AlertSite, sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

const NAME = "readings"

/** The maker of rows beside the services. */
const withReadings = async (site: AlertSite): Promise<void> => {
  await site.beside(NAME, ["readings", "--follow", "--outcome", "all"])
  await site.untilSeen("quality is counted", (seen) => sumOf(seen, "assay_quality_messages_total") > 0)
}

const isUp = (seen: Snapshot): boolean => valuesOf(seen, "up", `service="${NAME}"`).every((up) => up === 1)

export const programAway: Cause = {
  alerts: ["AssayProgramDown"],
  what: "the maker of rows is killed",
  prepare: withReadings,
  during: async (site) => {
    await site.other(NAME).kill()
    return [await site.snapshot()]
  },
  mended: "it is started again",
  mend: async (site) => {
    site.other(NAME).start()
    await site.untilSeen(
      "it answers, and makes rows",
      (seen) => isUp(seen) && sumOf(seen, "assay_readings_rows_total") > 0,
    )
  },
}

const newest = (seen: Snapshot): number => Math.max(...valuesOf(seen, "assay_quality_newest_seconds"))
/** The metric is the minute in which the newest message came in. */
const A_MINUTE_MS = 61_000

export const silent: Cause = {
  alerts: ["AssayQualityStale"],
  what: "the devices say nothing any more",
  prepare: withReadings,
  spans: { AssayQualityStale: { lasting: 40 } },
  during: async (site) => {
    await site.silence()
    const since = await site.snapshot()
    await sleep(A_MINUTE_MS)
    const later = await site.snapshot()
    if (newest(later) > newest(since) + 60) throw new Error("somebody has spoken")
    return [since, later]
  },
  mended: "they speak again",
  mend: async (site) => {
    const before = newest(await site.snapshot())
    site.speak()
    await site.untilSeen("something new came in", (seen) => newest(seen) > before)
  },
}

/** A message in two is lost on its way; a link that never comes is certain once 32 later places are taken. */
const lossy = async (site: AlertSite, devices: number, messages: number): Promise<void> => {
  const later = Object.create(site.world, { now: { value: nowSeconds() } }) as World
  for (let nth = 0; nth < devices; nth++) {
    const device = later.device(`behind a lossy network ${nth}`, { ordinal: nth })
    const say = (bytes: Uint8Array): Promise<void> =>
      site.submit({
        kind: "message",
        key: Buffer.from(device.did),
        envelope: envelopeOf(bytes),
        label: { honest: true, role: "normal", attack: null, instance: nth, device: device.did, expect: null },
      })
    await say(device.presentation().bytes)
    for (let message = 0; message < messages; message++) {
      const { bytes } = device.message({ iat: nowSeconds() })
      if (message % 2 === 0) await say(bytes)
    }
  }
}

export const lost: Cause = {
  alerts: ["AssayQualityIncomplete"],
  what: "a network loses every second message of ten devices",
  prepare: withReadings,
  during: (site) =>
    grown(
      site,
      {
        what: "fifty messages that say what is missing",
        count: (seen) => sumOf(seen, "assay_quality_gaps_total"),
        by: 50,
      },
      () => lossy(site, 10, 90),
    ),
  mended: "it loses none any more",
  mend: nothingToMend,
}
