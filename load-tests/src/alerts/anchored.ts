/** What anchoring needs, beside the services: a chain, a signer, a witness, and `assay anchor run` over their sealed logs. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { freePorts } from "@assay/infra/kafka"
import { ANCHOR } from "@assay/settings"
import { KEY } from "@assay/testkit/anvil"
import { SET_CLOCK } from "../carrier/rounds.ts"
import { assay } from "../cluster/assay.ts"
import type { Instance } from "../cluster/instance.ts"
import { type AlertChain, startChain } from "./chain.ts"
import { type AlertSigner, startAlertSigner } from "./remote-signer.ts"
import { type AlertSite, PARTITIONS, sumOf } from "./site.ts"

export interface Anchored {
  readonly chain: AlertChain
  readonly signer: AlertSigner
  readonly witness: Instance
  /** The process that anchors. A SIGUSR2 sets its clock an hour ahead, the next one back (`../carrier/clock.ts`). */
  readonly process: Instance
  /** The directory of the anchor log. */
  readonly state: string
  /** Where the process looks for the sealed logs from now on; null: nowhere, as where their volume is not mounted. */
  look(at: string | null): void
  /** Where they are. */
  readonly sealed: string
  /** Ends the process and starts it with these settings beside its own. */
  startWith(more: Readonly<Record<string, string>>): Promise<void>
  /** Whether it runs with others than its own. */
  isChanged(): boolean
}

const NAME = "anchor"
const WITNESS = "witness"
/** Above the contract, so that no reorganisation here takes it away. */
const BLOCKS_ABOVE = 64
const STARTS_MS = 60_000
const LOOK_MS = 200
export const CONFIRMATIONS = 2
/** Of the price and the age of blocks; in the process's own words. */
const SETTINGS = {
  [ANCHOR.accountKey.key]: KEY,
  [ANCHOR.confirmations.key]: String(CONFIRMATIONS),
  [ANCHOR.maxGwei.key]: "100",
  [ANCHOR.intervalSeconds.key]: "1",
  [ANCHOR.raiseSeconds.key]: "5",
}

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const deadline = performance.now() + STARTS_MS; !(await holds()); await sleep(LOOK_MS))
    if (performance.now() > deadline) throw new Error(`not in ${STARTS_MS / 1_000} s: ${what}`)
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )

/** Returns when it cosigns. @returns the policy that asks it */
const startWitness = async (site: AlertSite, dir: string, state: string): Promise<string> => {
  const port = await freePorts(1)
  const own = join(dir, WITNESS)
  const call = ["witness", "--state", own, "--name", "w1.example", "--logs", join(state, "anchor.vkey")]
  await site.beside(WITNESS, [...call, "--port", String(port)], { quiet: true })
  const url = `http://127.0.0.1:${port}`
  await until("the witness answers", () => answers(`${url}/forks`))
  const policy = join(dir, "policy")
  const vkey = readFileSync(join(own, "witness.vkey"), "utf8").trim()
  writeFileSync(policy, `witness w1 ${vkey} ${url}\nquorum w1\n`)
  return policy
}

const start = async (site: AlertSite): Promise<Anchored> => {
  const dir = join(site.dir, "anchoring")
  const [state, view, tls] = [join(dir, "state"), join(dir, "data"), join(dir, "signer")]
  for (const one of [dir, view, tls]) mkdirSync(one, { recursive: true })
  const { chain, stop } = await startChain(join(dir, "pids"))
  site.atEnd(stop)
  const signer = await startAlertSigner(tls)
  site.atEnd(() => signer.leave())
  const settings = { ...SETTINGS, [ANCHOR.rpc.key]: chain.url, [ANCHOR.logKey.key]: signer.reference }
  const deploy = ["anchor", "deploy", "--state", state, "--name", "alerts.example/anchor", "--json"]
  const { contract } = JSON.parse(await assay(deploy, { ...site.env, ...settings })) as { readonly contract: string }
  await chain.grow(BLOCKS_ABOVE)
  const policy = await startWitness(site, dir, state)
  const sealed = join(site.deployment.sealDir, "tlog")
  const vkeys = join(site.deployment.sealDir, "vkeys")
  await until("every partition is sealed", () => existsSync(vkeys) && readdirSync(vkeys).length >= PARTITIONS)
  cpSync(vkeys, join(view, "vkeys"), { recursive: true })
  const look = (at: string | null): void => {
    rmSync(join(view, "tlog"), { force: true })
    if (at !== null) symlinkSync(at, join(view, "tlog"))
  }
  look(sealed)
  const call = ["anchor", "run", "--data", view, "--state", state, "--poll", "1", "--witness-policy", policy]
  const env = { ...settings, ...SET_CLOCK, [ANCHOR.contract.key]: contract }
  const process = await site.beside(NAME, call, { env })
  let isChanged = false
  return {
    ...{ chain, signer, process, state, look, sealed },
    witness: site.other(WITNESS),
    startWith: async (more) => {
      await process.stop()
      process.start(more)
      isChanged = Object.keys(more).length > 0
    },
    isChanged: () => isChanged,
  }
}

const started = new WeakMap<AlertSite, Promise<Anchored>>()

/** As it is now; started by whoever asks first. */
export const anchoring = (site: AlertSite): Promise<Anchored> => {
  const known = started.get(site) ?? start(site)
  started.set(site, known)
  return known
}

/** With its own settings; returns once heads count, and are cosigned, since its last start. */
export const atWork = async (site: AlertSite): Promise<Anchored> => {
  const all = await anchoring(site)
  if (all.isChanged()) await all.startWith({})
  await site.untilSeen(
    "heads of the anchor log count, and are cosigned",
    (seen) =>
      sumOf(seen, "assay_anchor_transactions_total", 'result="confirmed"') > 0 &&
      sumOf(seen, "assay_anchor_cosignatures_total", 'result="had"') > 0 &&
      sumOf(seen, "assay_ready", `service="${NAME}"`) === 1,
  )
  return all
}

/** For `prepare`. */
export const withAnchoring = async (site: AlertSite): Promise<void> => {
  await atWork(site)
}
