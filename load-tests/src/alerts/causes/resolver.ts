/** What resolvers ask is away, or they may not ask it as often as they should. */
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { envelopeOf, identityOf, type World } from "@assay/fleet"
import { nowSeconds } from "../../now.ts"
import { type Cause, grown } from "../cause.ts"
import { answersLeft, resolving, withResolvers } from "../resolving.ts"
import { type AlertSite, sumOf, valuesOf } from "../site.ts"
import type { Snapshot } from "../tape.ts"

const failures = (seen: Snapshot): number => sumOf(seen, "assay_resolver_failures_total", 'item="trust-registry"')

export const registryAway: Cause = {
  alerts: ["AssayRenewalMissed", "AssayResolverFails"],
  what: "the trust registry that both resolvers ask is killed, and what it answered ends",
  goesOn: true,
  spans: { AssayResolverFails: { lasting: 70 } },
  prepare: withResolvers,
  during: async (site) => {
    await (await resolving(site)).registry.kill()
    const ended = await site.untilSeen("what the registry answered has ended", (seen) =>
      answersLeft(seen).some((seconds) => seconds < 0),
    )
    return [ended, ...(await grown(site, { what: "more failures", count: failures, by: 2 }, async () => undefined))]
  },
  mended: "it is started again",
  mend: async (site) => {
    ;(await resolving(site)).registry.start()
    await site.untilSeen("what it answers counts", (seen) => answersLeft(seen).every((seconds) => seconds > 0))
  },
}

const DEVICES = 30
const HOUR_S = 3_600
const late = (seen: Snapshot): ReadonlyArray<number> => valuesOf(seen, "assay_resolver_behind_seconds")
const handedIn = (seen: Snapshot): number => sumOf(seen, "assay_resolver_handed_in_total", 'item="did-document"')

/** Devices that show credentials under DIDs of the host, and are turned away for want of their documents. */
const present = async (site: AlertSite): Promise<void> => {
  const { host } = await resolving(site)
  const world = Object.create(site.world, { now: { value: nowSeconds() } }) as World
  for (let nth = 0; nth < DEVICES; nth++) {
    const identity = identityOf(world.seed, `documented ${nth}`, "Ed25519", "key")
    const multikey = encodeDidKey(publicKeyOf(identity.key)).slice("did:key:".length)
    const did = host.publish(`d${nth}`, multikey)
    const device = world.deviceAs({ ...identity, did, kid: `${did}#k` }, `documented ${nth}`)
    await site.submit({
      kind: "message",
      key: Buffer.from(did),
      envelope: envelopeOf(device.presentation().bytes),
      label: { honest: true, role: "normal", attack: null, instance: nth, device: did, expect: null },
    })
  }
}

export const oneHost: Cause = {
  alerts: ["AssayResolverBehind"],
  what: "the documents of thirty new devices lie on one host, which may be asked once a minute (--host-rate 1); an hour passes, by the clocks of the resolvers",
  prepare: withResolvers,
  during: async (site) => {
    const { startWith, resolvers } = await resolving(site)
    await startWith(["--host-rate", "1"])
    await present(site)
    await site.untilSeen("looks are due, and wait", (seen) => late(seen).some((seconds) => seconds > 5))
    for (const one of resolvers()) one.signal("SIGUSR2")
    return [await site.untilSeen("they have waited for an hour", (seen) => Math.max(...late(seen)) > HOUR_S)]
  },
  mended: "the host may be asked more often (--host-rate 600)",
  mend: async (site) => {
    await (await resolving(site)).startWith(["--host-rate", "600"])
    await site.untilSeen(
      "every document is handed in, and nothing waits",
      (seen) => handedIn(seen) >= DEVICES && late(seen).every((seconds) => seconds < 5),
    )
  },
}
