/** What a thread is given at its start: plain data, since neither functions nor layers nor `Redacted` cross. */
import type { MessagePort } from "node:worker_threads"
import type { NodeOptions, Topology } from "@assay/engine"
import type { WantedBackend } from "@assay/jose/verify"
import type { RootSet } from "@assay/trust"
import * as Redacted from "effect/Redacted"
import type { LogConfiguration } from "../log/config.ts"
import type { JudgedClocks } from "../log/judged.ts"
import type { NodePlan } from "../plan.ts"
import type { SealingSettings } from "../sealing.ts"
import type { ServiceDefinition } from "../service.ts"
import type { Counts } from "./progress.ts"

/** A value without its `Redacted`: only `unplain` looks into it. */
export interface Plain<A> {
  readonly plain: unknown
  /** Never there: it keeps the type. */
  readonly of?: A
}

/** Settings of runners that are the same in every thread. */
export type RunnerSettings = Pick<NodeOptions, "batchRecords" | "lingerMs" | "stallMs" | "snapshots" | "acceptMoved">

/** Which service runs in a thread: the module that exports its definition, and its name. */
export type NamedService = Pick<ServiceDefinition, "name" | "module">

/** What every thread is given. */
interface CommonPlan {
  readonly log: Plain<LogConfiguration>
  readonly roles: ReadonlyArray<string>
  readonly dir: string | null
  /** Embedded: where writes of others to the own partitions come; or, where it has none, where its own are asked for. */
  readonly writes: MessagePort | null
  readonly progress: Counts
  /** Where compiled code is kept, if anywhere. */
  readonly compileCache: string | null
}

export interface JudgingPlan extends CommonPlan {
  readonly kind: "judge"
  /** `assay`, or the one service; in telemetry. */
  readonly name: string
  readonly services: ReadonlyArray<NamedService>
  readonly roots: RootSet
  readonly topology: Topology
  readonly settings: RunnerSettings
  readonly verifyBackend: WantedBackend
  /** Of imported keys, in this thread. */
  readonly keyBytes: number
  readonly telemetry: { readonly endpoint: string | null } | null
  /** The partitions of this thread, and of no other. */
  readonly own: ReadonlySet<number>
  readonly clocks: JudgedClocks
  /** One count for each partition, of chunks judged, and that of turns. */
  readonly progress: Counts
  /** Whether somebody wants each committed batch. */
  readonly reportsBatches: boolean
}

export interface SealingPlan extends CommonPlan {
  readonly kind: "seal"
  /** The one that has the sealer. */
  readonly service: NamedService
  readonly sealing: SealingSettings
  /** Whose PKCS#11 libraries sign: a process has each of them once. */
  readonly libraries: MessagePort
}

export type ThreadPlan = JudgingPlan | SealingPlan

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mapped = (value: unknown, leaf: (value: unknown) => unknown): unknown => {
  const made = leaf(value)
  if (made !== value || !isRecord(value)) return made
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapped(inner, leaf)]))
}

/** Secrets in the clear: to be handed to a thread of this process and to nobody else. */
export const plainOf = <A>(value: A): Plain<A> => ({
  plain: mapped(value, (inner) => (Redacted.isRedacted(inner) ? { secret: Redacted.value(inner) } : inner)),
})

/** Undoes `plainOf`. */
export const unplain = <A>({ plain }: Plain<A>): A =>
  mapped(plain, (inner) =>
    isRecord(inner) && Object.keys(inner).join() === "secret" ? Redacted.make(inner["secret"]) : inner,
  ) as A

export const runnerSettings = (plan: NodePlan): RunnerSettings => ({
  ...(plan.batchRecords === null ? {} : { batchRecords: plan.batchRecords }),
  ...(plan.lingerMs === null ? {} : { lingerMs: plan.lingerMs }),
  stallMs: plan.stallMs,
  ...(plan.snapshots === null ? {} : { snapshots: { dir: plan.snapshots, atStop: true } }),
  acceptMoved: plan.acceptMoved,
})

/** The definitions that a plan names. @throws RangeError where a module does not export one of that name */
export const loadServices = async (named: ReadonlyArray<NamedService>): Promise<ReadonlyArray<ServiceDefinition>> => {
  const found: Array<ServiceDefinition> = []
  for (const { name, module } of named) {
    const exported: Readonly<Record<string, unknown>> = await import(module)
    const service = Object.values(exported).find((one) => isRecord(one) && one["name"] === name && "stage" in one)
    if (service === undefined)
      throw new RangeError(
        `${module} exports no service ${name}: \`module\` of a definition is the URL of its own module`,
      )
    found.push(service as ServiceDefinition)
  }
  return found
}
