/** The demonstration on a real CSE. */
import { World } from "@assay/fleet"
import { demonstrate } from "../carrier/demonstrate.ts"
import type { DemoOptions } from "../carrier/program.ts"
import type { CarrierReport } from "../carrier/report.ts"
import { nowSeconds } from "../now.ts"
import { CSE_DEMO_ATTACKS } from "./attacks.ts"
import { countsOf, startSite } from "./site.ts"
import { bindings, register } from "./talk.ts"

export const runCseDemo = async (options: DemoOptions): Promise<CarrierReport> => {
  const { dir, devices, messages, seed, progress } = options
  const world = new World({ seed, now: nowSeconds(), ratePerMinute: 6_000 })
  progress("starting a CSE, a node and an adapter ...")
  const site = await startSite({ dir, world, devices: bindings(world, devices) })
  let report: Omit<CarrierReport, "ends">
  try {
    const talkers = await register(site.cse.url, world, devices)
    report = await demonstrate({
      carrier: "ACME CSE",
      data: site.data,
      messages,
      talkers,
      presented: talkers.map(({ presentation }) => presentation),
      send: ({ ae }, bytes) => ae.say(Buffer.from(bytes).toString()),
      stage: async () => ({ cseUrl: site.cse.url, counts: () => countsOf(site) }),
      attacks: CSE_DEMO_ATTACKS,
      progress,
    })
  } finally {
    await site.stop()
  }
  return { ...report, ends: site.ends }
}
