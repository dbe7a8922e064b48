/** A node, a CSE and an adapter as processes, with what is to be in force at the node. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { World } from "@assay/fleet"
import { freePorts } from "@assay/infra/kafka"
import { type AcmeServer, startAcme } from "@assay/infra/onem2m"
import { HTTP, ONEM2M } from "@assay/settings"
import { type Cut, cuttable } from "../carrier/cut.ts"
import type { CutSite } from "../carrier/rounds.ts"
import { bringUp, startNode, stopBoth } from "../carrier/site.ts"

export interface SiteOptions {
  readonly dir: string
  readonly world: World
  /** DIDs by AE-ID. */
  readonly devices?: Readonly<Record<string, string>>
  /** Further settings of the adapter. */
  readonly env?: Readonly<Record<string, string>>
  /** Whether the networks of the adapter lead through relays that can be cut; they cost time of the machine. */
  readonly isCuttable?: boolean
}

/** Nothing can be cut where it was not asked for. */
export interface Site extends CutSite {
  readonly cse: AcmeServer
  stop(): Promise<void>
}

const READY_MS = 120_000
const QUOTA = 10_000

/** @throws Error; nothing is left running */
export const startSite = async (options: SiteOptions): Promise<Site> => {
  const { dir, world, devices = {}, env = {}, isCuttable = false } = options
  mkdirSync(dir, { recursive: true })
  const nodePort = await freePorts(4)
  const [adapterPort, notifyPort, csePort] = [nodePort + 1, nodePort + 2, nodePort + 3]
  const bindings = join(dir, "devices.json")
  writeFileSync(bindings, JSON.stringify(devices))
  const cse = await startAcme({ dir: join(dir, "acme"), port: csePort })
  const { node, data, ends, start } = startNode(dir, world, nodePort, { [HTTP.quotaPerSecond.key]: String(QUOTA) })
  const state = join(dir, "adapter.state")
  const through = async (port: number): Promise<Cut> => (isCuttable ? cuttable(port) : uncut(port))
  const [toCse, fromCse, toNode] = [await through(csePort), await through(notifyPort), await through(nodePort)]
  const adapter = start(
    "adapter",
    adapterPort,
    ["ingress", "onem2m", "--url", at(toNode), "--port", String(adapterPort), "--state", state],
    {
      [ONEM2M.url.key]: at(toCse),
      [ONEM2M.sweep.key]: "2",
      [ONEM2M.devices.key]: bindings,
      [ONEM2M.reachedAt.key]: at(fromCse),
      [ONEM2M.listen.key]: `127.0.0.1:${notifyPort}`,
      ...env,
    },
  )
  const stop = async (): Promise<void> => {
    await stopBoth({ node, adapter, ends })
    for (const one of [toCse, fromCse, toNode]) await one.close()
    await cse.stop()
  }
  try {
    await bringUp({ node, adapter }, world, READY_MS)
  } catch (cause) {
    await stop()
    throw cause
  }
  return { node, adapter, cse, data, ends, network: [toCse, fromCse], toNode, stop }
}

const at = ({ port }: Cut): string => `http://127.0.0.1:${port}`

const uncut = (port: number): Cut => {
  const never = (): never => {
    throw new Error("this network does not lead through a relay")
  }
  return { port, cut: never, mend: never, close: async () => undefined }
}

export interface AdapterCounts {
  readonly containers: number
  readonly behind: number
  readonly taken: number
  readonly sentAgain: number
  readonly backfilled: number
  readonly gaps: number
  readonly changed: number
  readonly underWay: number
  readonly failures: number
  readonly refused: Readonly<Record<string, number>>
}

/** What the adapter tells of itself. */
export const countsOf = async ({ adapter }: Pick<Site, "adapter">): Promise<AdapterCounts> => {
  const answer = await fetch(`${adapter.url}/v1/ingress`)
  const { adapters } = (await answer.json()) as { readonly adapters: readonly [AdapterCounts] }
  return adapters[0]
}
