/** What a service is to a process: its stage, its roles, its settings. `services/<name>/src/service.ts` defines one each. */
import type { Route } from "@assay/ingress"
import type { VerifyJob } from "@assay/jose/verify"
import type { Log } from "@assay/log"
import { NODE, type Setting } from "@assay/settings"
import type { Policy } from "@assay/transparency"
import { type AnyStage, SERVICE_NAMES, STAGES, type StageName } from "@assay/trust"

/** What a stage may use; lent by the process. */
export interface StagePorts {
  readonly log: Pick<Log, "genesis" | "partitions">
  /** One `Verification` of `@assay/jose` per job, in order. */
  readonly verify: (jobs: ReadonlyArray<VerifyJob>) => Promise<Uint8Array>
}

/** How far a partition is sealed; `leaves` is null where that is not known here, `stopped` where a person must look first. */
export interface Seal {
  readonly partition: number
  readonly unsealedAgeMs: number
  readonly leaves: number | null
  readonly stopped: boolean
}

/** What seals beside the runners. */
export interface Sealing {
  /** Resolves when all of audit.events is sealed. Rejects when a sealer gave up. */
  settled(): Promise<void>
  /** Seals what is there, then ends. */
  stop(): Promise<void>
  /** Why somebody should look, or null. */
  alarm(): string | null
  seals(): ReadonlyArray<Seal>
}

/** The witnesses that are asked to cosign what is sealed. */
export interface Witnesses {
  readonly policy: Policy
  /** Between two rounds, milliseconds. */
  readonly intervalMs: number
  /** What a witness answered instead of a cosignature. */
  readonly onProblem: (text: string) => void
}

/** How processes that have one directory share the sealing, on a log that they share. */
export interface SharedSealing {
  /** So long after its holder's last sign of life another process seals, in milliseconds. */
  readonly leaseMs: number
  /** This process seals, stands by, or seals no more: a sentence for people. */
  readonly onLease: (text: string) => void
}

/** `keys` refer to the log's keys (`@assay/signing`); none: the key in the directory. */
export type StartSealing = (
  log: Log,
  dir: string,
  onProblem: (cause: unknown) => void,
  witnesses: Witnesses | null,
  keys: ReadonlyArray<string>,
  shared: SharedSealing,
) => Promise<Sealing>

export interface ServiceDefinition {
  /** As the deployment, the brokers and the metrics name it: `identity-resolver`. */
  readonly name: string
  /** The URL of the module that exports this definition (`import.meta.url`): threads load it there. */
  readonly module: string
  /** A fresh stage. Called for each partition, and again after a restore. */
  readonly stage: (ports: StagePorts) => AnyStage
  /** What it is to the brokers: the roles of `assay topics` whose streams it uses. */
  readonly roles: ReadonlyArray<string>
  /** Settings that only this service makes use of. */
  readonly settings: ReadonlyArray<Setting<unknown>>
  /** What it serves over HTTP beside what every node serves; called once, when the log is open. */
  readonly routes?: (log: Log) => ReadonlyArray<Route>
  /** Seals the audit log in a directory; only integrity-hasher does. */
  readonly sealer?: { readonly roles: ReadonlyArray<string>; readonly start: StartSealing }
}

/** @throws RangeError for a service that is none of the five */
export const stageNameOf = ({ name }: Pick<ServiceDefinition, "name">): StageName => {
  const stage = STAGES.find((candidate) => SERVICE_NAMES[candidate] === name)
  if (stage === undefined)
    throw new RangeError(`${name} is no service; they are ${Object.values(SERVICE_NAMES).join(", ")}`)
  return stage
}

/** In the order in which they judge, whatever the order of the list. */
export const inOrder = (services: ReadonlyArray<ServiceDefinition>): ReadonlyArray<ServiceDefinition> =>
  services.toSorted((a, b) => STAGES.indexOf(stageNameOf(a)) - STAGES.indexOf(stageNameOf(b)))

/** Whether one of them verifies the signature of every message, which is half of what a message costs. */
export const verifiesMessages = (services: ReadonlyArray<Pick<ServiceDefinition, "name">>): boolean =>
  services.some((service) => stageNameOf(service) === "identity")

/** Whether one of them verifies signatures. */
export const verifies = (services: ReadonlyArray<ServiceDefinition>): boolean =>
  services.some(({ settings }) => settings.includes(NODE.verifyBackend))

/**
 * Fresh stages of these services for one partition. Pure of the runners: replay and tests use it too.
 * @param verify for example `VerifyPool.verifyBatch`
 */
export const stagesOver = (
  services: ReadonlyArray<ServiceDefinition>,
  log: StagePorts["log"],
  verify: StagePorts["verify"],
): ((partition: number) => ReadonlyArray<AnyStage>) => {
  const ports: StagePorts = { log, verify }
  const ordered = inOrder(services)
  return () => ordered.map(({ stage }) => stage(ports))
}
