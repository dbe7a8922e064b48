/** What one node says of itself: `/readyz` and `/metrics`, for which nobody needs a right. */

import { nodeUrlOf } from "../client.ts"
import { type Arguments, UsageError } from "../command.ts"
import { type Samples, samplesOf } from "./exposition.ts"

const ANSWER_MS = 5_000

export interface NodeStatus {
  readonly url: string
  /** Why it is not ready; null where it is. */
  readonly notReady: string | null
  /** What it judges, and how many partitions of it are this process's. */
  readonly services: ReadonlyArray<{ readonly name: string; readonly partitions: number }>
  /** The worst partition; null where this node is behind on none. */
  readonly lag: { readonly group: string; readonly partition: number; readonly seconds: number } | null
  /** The worst partition that it seals; null where it seals none. */
  readonly unsealed: { readonly partition: number; readonly seconds: number } | null
  readonly leaves: number | null
  readonly knowledge: ReadonlyArray<{ readonly kind: string; readonly version: number; readonly remaining: number }>
  /** Partitions that stand still until a person has looked: `group/partition`. */
  readonly halted: ReadonlyArray<string>
  /** Whether brokers do not answer it. */
  readonly unavailable: boolean
  /** What it feeds that does not take what it is given: `read model`, names of sinks and adapters. */
  readonly away: ReadonlyArray<string>
}

/** A node that could not be asked. */
export interface Silent {
  readonly url: string
  readonly problem: string
}

const worst = <One extends { readonly seconds: number }>(all: ReadonlyArray<One>): One | null =>
  all.reduce<One | null>((most, one) => (most === null || one.seconds > most.seconds ? one : most), null)

const isDown = ({ value }: { readonly value: number }): boolean => value === 0

/** @param notReady what `/readyz` says */
export const nodeStatusOf = (url: string, notReady: string | null, of: Samples): NodeStatus => ({
  url,
  notReady,
  services: of("assigned").map(({ label, value }) => ({ name: label("group"), partitions: value })),
  lag: worst(
    of("lagTime").flatMap(({ label, value }) =>
      value > 0 ? [{ group: label("group"), partition: Number(label("partition")), seconds: value }] : [],
    ),
  ),
  unsealed: worst(
    of("unsealed").map(({ label, value }) => ({ partition: Number(label("partition")), seconds: value })),
  ),
  leaves: of("leaves").length === 0 ? null : of("leaves").reduce((sum, { value }) => sum + value, 0),
  knowledge: of("knowledgeVersion").map(({ label, value }) => ({
    kind: label("item"),
    version: value,
    remaining: of("knowledge").find((one) => one.label("item") === label("item"))?.value ?? Number.NaN,
  })),
  halted: of("halted").flatMap(({ label, value }) => (value > 0 ? [`${label("group")}/${label("partition")}`] : [])),
  unavailable: of("unavailable").some(({ value }) => value > 0),
  away: [
    ...(of("readModelUp").some(isDown) ? ["the read model"] : []),
    ...of("sinkUp")
      .filter(isDown)
      .map(({ label }) => `the sink ${label("sink")}`),
    ...of("ingressUp")
      .filter(isDown)
      .map(({ label }) => `the ${label("binding")} adapter`),
  ],
})

const reasonOf = async (response: Response): Promise<string | null> => {
  if (response.ok) return null
  const { reason } = (await response.json()) as { readonly reason?: string }
  return reason ?? `it answers ${response.status}`
}

const problemOf = (cause: unknown): string => {
  const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
  return inner?.code ?? inner?.message ?? (cause as Error).message
}

/** Whatever is wrong with one node must not hide how the others are. */
export const askNode = async (url: string): Promise<NodeStatus | Silent> => {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const [ready, metrics] = await Promise.all([
      fetch(new URL("/readyz", url), { signal }),
      fetch(new URL("/metrics", url), { signal }),
    ])
    const text = await metrics.text()
    if (!metrics.ok) return { url, problem: `its /metrics answers ${metrics.status}: this is no Assay node` }
    return nodeStatusOf(url, await reasonOf(ready), samplesOf(text))
  } catch (cause) {
    return { url, problem: `no node answers (${problemOf(cause)})` }
  }
}

const MOST = 64

/** The nodes that a call names, with commas between them. @throws UsageError */
export const nodesOf = (given: Arguments): ReadonlyArray<string> => {
  const urls = given.required("url").split(",")
  if (urls.length > MOST) throw new UsageError(`--url takes at most ${MOST} nodes, not ${urls.length}`)
  return urls.map((url) => nodeUrlOf(url).origin)
}
