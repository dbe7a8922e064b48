/** What resolvers need, beside the services: a trust registry and a host of documents that they ask, and two of them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { publishKnowledge } from "@assay/engine"
import { freePorts } from "@assay/infra/kafka"
import { TRUST_REGISTRY } from "@assay/knowledge"
import { type Actor, actor } from "@assay/testkit/actors"
import { issue, makeAuthority } from "@assay/testkit/certificates"
import { SERVICE_NAMES, type TrustBundle, type TrustedRegistry } from "@assay/trust"
import { SET_CLOCK } from "../carrier/rounds.ts"
import { assay } from "../cluster/assay.ts"
import type { Instance } from "../cluster/instance.ts"
import { activateBundle } from "./activate.ts"
import { only, READY_MS } from "./cause.ts"
import { type DocumentHost, startDocumentHost } from "./document-host.ts"
import { type AlertSite, valuesOf } from "./site.ts"
import type { Snapshot } from "./tape.ts"

interface Resolving {
  readonly registry: Instance
  readonly host: DocumentHost
  /** A SIGUSR2 sets the clock of one an hour ahead (`../carrier/clock.ts`). */
  resolvers(): ReadonlyArray<Instance>
  /** Ends both, and starts them with these arguments beside their own. */
  startWith(more: ReadonlyArray<string>): Promise<void>
  /** A bundle that names resolvers and registry is in force, and so is what the registry answered. */
  activate(): Promise<void>
}

const REGISTRY = "registry.industry.example"
const DOCUMENTS = "id.alerts.example"
const AUTHORITY = `https://${REGISTRY}/`
const TYPE = "AssayDeviceCredential"
const NAMES = ["resolver-a", "resolver-b"] as const
const DAYS = 30
/** The least that a bundle may say: it is renewed after half of it, and ends soon where it is not. */
const MAX_AGE_MS = 60_000

const TRUSTED: TrustedRegistry = {
  ...{ authority: AUTHORITY, url: `https://${REGISTRY}`, framework: `${AUTHORITY}framework/1` },
  ...{ resolvers: NAMES.length, maxAgeMs: MAX_AGE_MS, depth: 0, levels: [] },
  scope: { credentialTypes: [TYPE], vendors: ["*"], measurements: ["*"], actions: [], maxAssurance: "software" },
}

/** As `assay registry serve` reads it: one issuer, which is in no bundle of the site. */
const bundleOfRegistry = ({ world }: AlertSite, issuer: Actor): TrustBundle => ({
  ...world.bundle,
  trustDomain: AUTHORITY,
  issuers: [{ ...world.bundle.issuers[0]!, did: issuer.did }],
})

const start = async (site: AlertSite): Promise<Resolving> => {
  const dir = join(site.dir, "resolving")
  mkdirSync(dir, { recursive: true })
  const at = (name: string): string => join(dir, name)
  makeAuthority(dir, "authority")
  const pair = issue(dir, "authority", DOCUMENTS, `DNS:${DOCUMENTS}`)
  issue(dir, "authority", REGISTRY, `DNS:${REGISTRY}`)
  const host = await startDocumentHost(DOCUMENTS, pair)
  site.atEnd(() => host.stop())

  const issuer = actor()
  writeFileSync(at("registry.json"), JSON.stringify(bundleOfRegistry(site, issuer)))
  const registryPort = await freePorts(1)
  const serve = ["registry", "serve", "--listen", String(registryPort), "--authority", AUTHORITY]
  const tls = ["--tls-cert", at(`${REGISTRY}.pem`), "--tls-key", at(`${REGISTRY}.key`)]
  const registry = await site.beside("registry", [...serve, "--bundle", at("registry.json"), ...tls], { quiet: true })

  const keys = NAMES.map(() => actor())
  for (const [n, { did, key }] of keys.entries())
    writeFileSync(at(`${NAMES[n]}.json`), JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }), { mode: 0o600 })
  const ports = await Promise.all(NAMES.map(() => freePorts(1)))
  const allow = `${REGISTRY}:${registryPort}@127.0.0.1/32,${DOCUMENTS}:${host.port}@127.0.0.1/32`
  const env = { ...SET_CLOCK, NODE_EXTRA_CA_CERTS: at("authority.pem") }

  const startWith = async (more: ReadonlyArray<string>): Promise<void> => {
    const node = only(site, SERVICE_NAMES.identity).url
    for (const [n, name] of NAMES.entries()) {
      const peer = `http://127.0.0.1:${ports[(n + 1) % NAMES.length]}`
      const call = ["resolver", "--key", at(`${name}.json`), "--allow", allow, "--roots", site.deployment.rootsFile]
      const talks = ["--url", node, "--listen", String(ports[n]), "--peers", peer]
      await site.beside(name, [...call, ...talks, ...more], { env })
    }
  }
  /** Each asks the registry for itself, and signs what it heard. */
  const ask = async (): Promise<Uint8Array> => {
    const about = [
      "--bundle",
      at("bundle.json"),
      "--issuers",
      issuer.did,
      "--allow",
      allow,
      "--ca",
      at("authority.pem"),
    ]
    for (const [n, name] of NAMES.entries()) {
      const before = n === 0 ? [] : ["--with", at(`item-${n - 1}`)]
      const out = ["--key", at(`${name}.json`), "--out", at(`item-${n}`)]
      await assay(["registry", "query", ...about, ...out, ...before], site.env)
    }
    return readFileSync(at(`item-${NAMES.length - 1}`))
  }
  return {
    ...{ registry, host, startWith },
    resolvers: () => NAMES.map((name) => site.other(name)),
    activate: async () => {
      const resolvers = { dids: keys.map(({ did }) => did), web: NAMES.length }
      const named = { resolvers, registries: [TRUSTED] }
      const bundle = await activateBundle(site, DAYS, named)
      writeFileSync(at("bundle.json"), JSON.stringify(bundle))
      await publishKnowledge(site.log, TRUST_REGISTRY.name, await ask())
    },
  }
}

const started = new WeakMap<AlertSite, Promise<Resolving>>()

/** As it is now; started by whoever asks first. */
export const resolving = (site: AlertSite): Promise<Resolving> => {
  const known = started.get(site) ?? start(site)
  started.set(site, known)
  return known
}

/** Seconds that what the registry answered counts on, by each process that knows it. */
export const answersLeft = (seen: Snapshot): ReadonlyArray<number> =>
  valuesOf(seen, "assay_renewal_remaining_seconds", 'item="trust-registry"')

/** For `prepare`: both resolvers are ready, and what the registry answered is in force. */
export const withResolvers = async (site: AlertSite): Promise<void> => {
  const { activate, resolvers, startWith } = await resolving(site)
  await activate()
  await startWith([])
  await Promise.all(resolvers().map((one) => one.untilReady(READY_MS)))
  await site.untilSeen(
    "what the registry answered counts",
    (seen) => answersLeft(seen).length > 0 && answersLeft(seen).every((seconds) => seconds > 0),
  )
}
