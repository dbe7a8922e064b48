/** Reads what `node --cpu-prof` writes for one thread. */
import { readFileSync } from "node:fs"
import { causeOf, type Frame } from "./causes.ts"

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile; times in microseconds of the monotonic clock. */
interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: Frame & { readonly lineNumber: number }
    readonly children?: ReadonlyArray<number>
  }>
  readonly startTime: number
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

export interface Profiled {
  /** Microseconds by cause, while something ran. */
  readonly byCause: Map<string, number>
  /** The same by cause and the function that ran. */
  readonly byFunction: Map<string, number>
}

const add = (to: Map<string, number>, key: string, us: number): void => {
  to.set(key, (to.get(key) ?? 0) + us)
}

const SOURCE = /\/((?:packages|services|schemas|node_modules)\/.*)$/

const nameOf = ({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string =>
  `${functionName || "(anonymous)"} ${url === "" ? "" : `${SOURCE.exec(url)?.[1] ?? url}:${lineNumber + 1}`}`

/** @param from, @param to which part of it counts, as its times are */
export const readProfile = (file: string, from: number, to: number): Profiled => {
  const { nodes, startTime, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as CpuProfile
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map<number, number>()
  for (const { id, children } of nodes) for (const child of children ?? []) parents.set(child, id)
  const stackOf = (id: number): ReadonlyArray<Frame> => {
    const stack: Array<Frame> = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.push(byId.get(at)!.callFrame)
    return stack
  }
  const causes = new Map(nodes.map(({ id }) => [id, causeOf(stackOf(id))]))
  const byCause = new Map<string, number>()
  const byFunction = new Map<string, number>()
  let at = startTime
  samples.forEach((id, nth) => {
    at += timeDeltas[nth]!
    const us = timeDeltas[nth + 1] ?? 0
    const cause = causes.get(id) ?? null
    if (at < from || at >= to || cause === null) return
    add(byCause, cause, us)
    add(byFunction, `${cause} | ${nameOf(byId.get(id)!.callFrame)}`, us)
  })
  return { byCause, byFunction }
}
