/** Knowledge in force that ends, or a status list in it that is too old: mended by new knowledge that the roots sign. */
import { publishKnowledge } from "@assay/engine"
import { policyText } from "@assay/fleet"
import { dsseSign } from "@assay/jose"
import { POLICY, POLICY_PAYLOAD_TYPE } from "@assay/knowledge"
import { nowSeconds } from "../../now.ts"
import { activateBundle } from "../activate.ts"
import type { Cause } from "../cause.ts"
import { type AlertSite, valuesOf } from "../site.ts"

const LATER_DAYS = 30
/** Until the list is too old: the bundle must be in force before. */
const LIST_LEFT_MS = 10_000

const activatePolicy = async ({ world, log }: AlertSite, days: number): Promise<void> => {
  const text = policyText(nowSeconds(), world.deviceClass, days).replace(/^version: .*$/m, `version: ${nowSeconds()}`)
  await publishKnowledge(log, POLICY.name, dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(text), world.roots.slice(-2)))
}

export const knowledgeEnds: Cause = {
  alerts: ["AssayKnowledgeExpires"],
  what: "bundle and policy end within two days",
  always: true,
  during: async (site) => [await site.snapshot()],
  mended: "a bundle and a policy of higher versions that end in a month are activated",
  mend: async (site) => {
    await activateBundle(site, LATER_DAYS)
    await activatePolicy(site, LATER_DAYS)
    await site.untilSeen("what is in force ends later", (seen) => {
      const left = valuesOf(seen, "assay_knowledge_remaining_seconds")
      return left.length > 0 && left.every((seconds) => seconds > 20 * 86_400)
    })
  },
}

const listLeft = "assay_status_list_remaining_seconds"

export const listStale: Cause = {
  alerts: ["AssayStatusListStale"],
  what: "nobody brings a new status list: the bundle in force has one that comes to its maximum age",
  during: async (site) => {
    await activateBundle(site, LATER_DAYS, {}, LIST_LEFT_MS)
    return [
      await site.untilSeen("a list is too old", (seen) => valuesOf(seen, listLeft).some((seconds) => seconds < 0)),
    ]
  },
  mended: "a bundle of a higher version with a fresh list is activated",
  mend: async (site) => {
    await activateBundle(site, LATER_DAYS)
    await site.untilSeen("all lists are fresh", (seen) => {
      const left = valuesOf(seen, listLeft)
      return left.length > 0 && left.every((seconds) => seconds > 0)
    })
  },
}
