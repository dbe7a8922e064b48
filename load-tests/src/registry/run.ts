/**
 * A device of vendor A's ecosystem in operator B's deployment. B has configured nothing for that vendor: no issuer, no vendor, no firmware.
 * B's bundle names one registry, which recognises the authority of vendor A, which authorizes the issuer. All three answer, ask and judge
 * as in production: HTTPS servers, the command, the five stages.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { trqpRoutes } from "@assay/cli/registry"
import { issueCredential } from "@assay/credentials"
import { publishKnowledge } from "@assay/engine"
import { Device, policyText, World } from "@assay/fleet"
import { type RunningServer, readTls, startServer } from "@assay/ingress"
import { dsseSign } from "@assay/jose"
import { POLICY_PAYLOAD_TYPE, signBundle } from "@assay/knowledge"
import { HTTP } from "@assay/settings"
import { type Actor, actor } from "@assay/testkit/actors"
import { issue, makeAuthority } from "@assay/testkit/certificates"
import { assay } from "@assay/testkit/cli"
import { closeVerifyPool, Driver } from "@assay/testkit/driver"
import type { Decision, TrustBundle, TrustedRegistry } from "@assay/trust"

const REGISTRY = { authority: "https://registry.industry.example/", host: "registry.industry.example" }
const VENDOR = { authority: "https://trust.vendor-a.example/", host: "trust.vendor-a.example" }
const FRAMEWORK = "https://registry.industry.example/framework/1"
const TYPE = "AssayDeviceCredential"
const DAY_MS = 86_400_000
/** For so long an answer lasts in B's deployment. */
const MAX_AGE_MS = 3_600_000
const RESOLVERS = 2

export interface Step {
  readonly name: string
  readonly expected: string
  readonly got: string
  readonly ok: boolean
}

const wordsOf = ({ outcome, reasons }: Decision): string =>
  outcome === "verified" ? outcome : `${outcome}: ${reasons.join(", ")}`

/** A server of somebody else, under its own name and certificate. */
const serving = (dir: string, { host }: { readonly host: string }, bundle: TrustBundle): Promise<RunningServer> => {
  issue(dir, "ca", host, `DNS:${host}`)
  return startServer({
    host: HTTP.httpHost.fallback,
    port: 0,
    access: { tokens: [], certificates: [], open: false },
    tls: readTls({ tlsCert: join(dir, `${host}.pem`), tlsKey: join(dir, `${host}.key`), tlsCa: null, tlsRights: "" }),
    routes: trqpRoutes(() => bundle, null),
    onRefused: () => undefined,
  })
}

/** What vendor A's and the industry's authorities have as their own bundles. */
const theirBundles = (
  world: World,
  issuer: Actor,
): { readonly vendor: TrustBundle; readonly registry: TrustBundle } => {
  const { vendors: _, ...wide } = world.bundle.issuers[0]!
  const issuers = [{ ...wide, did: issuer.did, credentialTypes: [TYPE], vendors: ["vendor-a"] }]
  const scope = {
    credentialTypes: [TYPE],
    vendors: ["*"],
    measurements: ["*"],
    actions: [],
    maxAssurance: "software",
  } as const
  const recognised: TrustedRegistry = {
    authority: VENDOR.authority,
    url: `https://${VENDOR.host}`,
    framework: FRAMEWORK,
    resolvers: RESOLVERS,
    maxAgeMs: DAY_MS,
    depth: 0,
    scope,
    levels: [],
  }
  return {
    vendor: { ...world.bundle, trustDomain: VENDOR.authority, issuers },
    registry: { ...world.bundle, trustDomain: REGISTRY.authority, issuers: [], registries: [recognised] },
  }
}

/** B's own: one registry, two resolvers that hear it, and a policy by class. */
const bundleOfB = (world: World, resolvers: ReadonlyArray<Actor>): TrustBundle => ({
  ...world.bundle,
  version: 20,
  issuers: [],
  statusLists: [],
  firmware: [],
  minimumSvn: {},
  resolvers: { dids: resolvers.map(({ did }) => did) },
  registries: [
    {
      authority: REGISTRY.authority,
      url: `https://${REGISTRY.host}`,
      framework: FRAMEWORK,
      resolvers: RESOLVERS,
      maxAgeMs: MAX_AGE_MS,
      depth: 1,
      scope: {
        credentialTypes: [TYPE],
        vendors: ["*"],
        measurements: ["*"],
        actions: ["telemetry", "event"],
        maxAssurance: "software",
      },
      levels: [{ level: "software", assurance: "software" }],
    },
  ],
})

const deviceOf = (world: World, issuer: Actor, purpose: string, now: number): Device => {
  const { profile } = world.device(purpose)
  const credential = issueCredential(
    {
      subject: profile.identity.did,
      vendor: "vendor-a",
      class: world.deviceClass,
      assurance: "software",
      hardwareId: null,
      capabilities: {
        measurements: [{ name: `${world.measurements}*`, unit: null, min: null, max: null }],
        actions: ["telemetry", "event"],
        audiences: ["https://plant.example/*"],
        ratePerMinute: 600,
      },
      validFrom: now * 1_000 - DAY_MS,
      validUntil: now * 1_000 + DAY_MS,
      status: [],
    },
    issuer,
  )
  return new Device({
    ...profile,
    firmware: { ...profile.firmware, vendor: "vendor-a" },
    credentials: [credential],
  })
}

/** @param dir of this run, which the caller removes */
export const runRegistry = async (dir: string, progress: (line: string) => void): Promise<ReadonlyArray<Step>> => {
  const now = Math.floor(Date.now() / 1_000)
  const world = new World({ seed: "registries", now })
  const [issuer, rogue] = [actor(), actor()]
  const resolvers = Array.from({ length: RESOLVERS }, () => actor())
  const steps: Array<Step> = []
  const step = (name: string, expected: string, got: string): void => {
    steps.push({ name, expected, got, ok: got === expected })
    progress(name)
  }
  mkdirSync(dir, { recursive: true })
  makeAuthority(dir, "ca")
  const theirs = theirBundles(world, issuer)
  const servers = [await serving(dir, REGISTRY, theirs.registry), await serving(dir, VENDOR, theirs.vendor)]
  const driver = await Driver.open({ roots: world.rootSet, now: now * 1_000 })
  try {
    const roots = world.roots.slice(0, 2)
    const own = bundleOfB(world, resolvers)
    await publishKnowledge(driver.log, "bundle", signBundle(own, roots))
    const policy = policyText(now).replace(/vendor: \w+, /, "")
    await publishKnowledge(driver.log, "policy", dsseSign(POLICY_PAYLOAD_TYPE, Buffer.from(policy), roots))

    const decide = async (device: Device, bytes: Uint8Array): Promise<string> => {
      const origin = await driver.say(device.did, bytes)
      await driver.settle()
      return wordsOf(driver.decidedAt(origin)!.decision)
    }
    const device = deviceOf(world, issuer, "of vendor A", now)
    const stranger = deviceOf(world, rogue, "of nobody", now)
    step(
      "a device of vendor A comes to B, who has configured nothing for that vendor",
      "quarantined: credential.issuer_untrusted, anomaly.learning",
      await decide(device, device.presentation().bytes),
    )

    // Each resolver of B asks by itself, and signs what it has heard.
    writeFileSync(join(dir, "bundle.json"), JSON.stringify(own))
    resolvers.forEach(({ did, key }, n) => {
      writeFileSync(join(dir, `resolver-${n}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }))
    })
    const ports = servers.map(({ url }) => new URL(url).port)
    const allow = [REGISTRY, VENDOR].map(({ host }, n) => `${host}:${ports[n]}@127.0.0.1/32`).join(",")
    const call = ["registry", "query", "--bundle", "bundle.json", "--allow", allow, "--ca", "ca.pem", "--json"]
    const about = ["--issuers", `${issuer.did},${rogue.did}`, "--through", `${VENDOR.authority}=https://${VENDOR.host}`]
    for (const n of resolvers.keys()) {
      const before = n === 0 ? [] : ["--with", `item-${n - 1}`]
      const done = await assay([...call, ...about, "--key", `resolver-${n}.json`, "--out", `item-${n}`, ...before], {
        cwd: dir,
      })
      if (done.code !== 0) throw new Error(`assay registry query: ${done.err}`)
      const { answers, holding } = JSON.parse(done.out) as { readonly answers: number; readonly holding: number }
      step(
        `resolver ${n + 1} of B asks the registry and vendor A's authority`,
        "2 recognitions and 2 authorizations hold, nothing is denied",
        holding === 4 && answers === 4
          ? "2 recognitions and 2 authorizations hold, nothing is denied"
          : `${holding} of ${answers} hold`,
      )
    }
    for (const server of servers.splice(0)) await server.close()
    driver.now = Math.max(driver.now, Date.now()) + 20
    const [one] = (await publishKnowledge(driver.log, "trust-registry", readFileSync(join(dir, "item-0")))).origins
    const [both] = (
      await publishKnowledge(driver.log, "trust-registry", readFileSync(join(dir, `item-${RESOLVERS - 1}`)))
    ).origins
    await driver.settle()
    const outcomes = (await driver.audit()).filter(({ kind }) => kind === "control")
    const outcomeAt = (offset: number): string => {
      const event = outcomes.find(({ origin }) => origin.offset === offset)
      return event?.count === 1 ? "in force" : (event?.reasons.join(", ") ?? "nothing")
    }
    step("what one resolver heard comes into force", "control.knowledge_unsigned", outcomeAt(one!.offset))
    step("what both heard comes into force; the registries are away from here on", "in force", outcomeAt(both!.offset))

    driver.now += 2_000
    const again = device.presentation(device.profile.credentials, Math.floor(driver.now / 1_000))
    const presented = await decide(device, again.bytes)
    step("the device shows the same credential again", "annotated: anomaly.learning", presented)
    let last = ""
    for (let n = 0; n < 14 && last !== "verified"; n++) last = await decide(device, device.message().bytes)
    step("it speaks, and is learned", "verified", last)
    step(
      "a device of an issuer that nobody authorizes",
      "quarantined: credential.issuer_untrusted, anomaly.learning",
      await decide(stranger, stranger.presentation().bytes),
    )
    const cited = (await driver.records("telemetry.verified.v1")).length > 0 ? "yes" : "no"
    step("what it said was verified with no registry at hand", "yes", cited)
    await driver.tick(MAX_AGE_MS + 1_000)
    const late = device.message({ iat: Math.floor(driver.now / 1_000) }).bytes
    const [end = ""] = (await decide(device, late)).split(",")
    step("the answer has ended", "quarantined: credential.registry_stale", end)
    const { differing } = await driver.replay()
    step("a replay, without any of the others", "0 differences", `${differing} differences`)
    return steps
  } finally {
    for (const server of servers) await server.close()
    await driver.close()
    await closeVerifyPool()
  }
}
