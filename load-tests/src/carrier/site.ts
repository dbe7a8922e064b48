/** A node and an adapter as processes, whatever carrier lies between devices and them. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { World } from "@assay/fleet"
import { HTTP } from "@assay/settings"
import type { Instance } from "../cluster/instance.ts"
import { activate } from "./activate.ts"
import { instancesIn, type Start } from "./instances.ts"

export interface CarrierSite {
  readonly node: Instance
  readonly adapter: Instance
  /** The node's, for reading beside it. */
  readonly data: string
  /** Processes that ended though nobody asked them to, or that had to be killed at the end. */
  readonly ends: Array<string>
}

export type Begun = Omit<CarrierSite, "adapter"> & {
  /** Starts a process beside the node. */
  readonly start: Start
}

/** Starts the node. It is not ready yet. @param dir there already @param env further settings of the node */
export const startNode = (
  dir: string,
  world: World,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Begun => {
  const [roots, data] = [join(dir, "pinned.json"), join(dir, "data")]
  writeFileSync(roots, JSON.stringify(world.rootSet))
  const ends: Array<string> = []
  const start = instancesIn(dir, ends)
  const args = ["run", "--data", data, "--roots", roots]
  return { node: start("node", port, args, { [HTTP.httpPort.key]: String(port), ...env }), data, ends, start }
}

/** Resolves when both are. @throws Error that names the one which is not */
export const untilReady = async (
  { node, adapter }: Pick<CarrierSite, "node" | "adapter">,
  withinMs: number,
): Promise<void> => {
  await node.untilReady(withinMs)
  await adapter.untilReady(withinMs)
}

/** Brings what is known into force at the node, and waits for both. @throws Error */
export const bringUp = async (
  site: Pick<CarrierSite, "node" | "adapter">,
  world: World,
  withinMs: number,
): Promise<void> => {
  await site.node.untilReady(withinMs)
  await activate(site.node, world)
  await untilReady(site, withinMs)
}

/** The adapter first: it hands over what it has. */
export const stopBoth = async ({
  node,
  adapter,
  ends,
}: Pick<CarrierSite, "node" | "adapter" | "ends">): Promise<void> => {
  for (const one of [adapter, node]) if (!(await one.stop())) ends.push(`the ${one.name} did not end by SIGTERM`)
}
