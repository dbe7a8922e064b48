/** What the main thread and one that judges or seals say to each other. Writes to the embedded log have a port of their own. */
import type { BatchDone, RunningNode, StageTime } from "@assay/engine"
import type { Backend } from "@assay/jose/verify"
import { type ErrorClass, type PackedError, packError, type StreamPartition, unpackError } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import type { RegistryDelta } from "@assay/telemetry"
import type { Emit, NodeEvent } from "../events/event.ts"
import type { Seal } from "../service.ts"

/** How a thread stands; reported when it changes. */
export interface Status {
  readonly runners: ReadonlyArray<StreamPartition & { readonly group: string }>
  readonly shares: ReturnType<RunningNode["shares"]>
  readonly ticked: ReadonlyArray<number>
  readonly notReady: string | null
}

export type FromThread =
  /** The log is open, and writes to the own partitions are done. */
  | { readonly kind: "opened" }
  /** The runners are started, and on a log of its own they judge; or it seals. */
  | { readonly kind: "started" }
  /** All runners, or sealers, have ended; the log is still open. */
  | { readonly kind: "stopped" }
  /** Nothing helps but a person. */
  | { readonly kind: "failed"; readonly error: PackedError }
  | { readonly kind: "status"; readonly status: Status }
  /** What is in force, as the track keeps it. Before the status that shows the runner. */
  | { readonly kind: "knowledge"; readonly group: string; readonly partition: number; readonly kept: Uint8Array }
  | ThreadEvent
  | { readonly kind: "backend"; readonly chosen: Pick<Backend, "name" | "problem"> }
  /** Counted since the last; `committed` says whether a batch was. */
  | { readonly kind: "metrics"; readonly delta: RegistryDelta; readonly committed: boolean }
  /** A batch was committed: each where somebody wants each; else those that are worth a line, and of them what makes them so. */
  | { readonly kind: "batch"; readonly done: BatchDone }
  | { readonly kind: "join"; readonly id: number; readonly group: string; readonly stream: string }
  | { readonly kind: "confirm"; readonly id: number; readonly group: string; readonly partition: number }
  | { readonly kind: "leave"; readonly group: string }
  /** How far the audit log is sealed, and why somebody should look; once a second. */
  | { readonly kind: "seals"; readonly seals: ReadonlyArray<Seal>; readonly alarm: string | null }
  /** The log was given up where it sealed: so must it be by the process. */
  | { readonly kind: "lost"; readonly error: PackedError }
  | ({ readonly kind: "answer" } & Answer)

export type ToThread =
  /** Judge, or seal. */
  | { readonly kind: "start" }
  /** Finish the batches in hand; or seal what is there. */
  | { readonly kind: "stop" }
  /** Close the log, then end. */
  | { readonly kind: "close" }
  | { readonly kind: "states"; readonly id: number; readonly did: string; readonly partition: number }
  | { readonly kind: "times"; readonly id: number }
  | { readonly kind: "allocated"; readonly id: number }
  | { readonly kind: "reported"; readonly id: number }
  /** Answered when all of audit.events is sealed. */
  | { readonly kind: "settled"; readonly id: number }
  | { readonly kind: "assigned"; readonly group: string; readonly partitions: ReadonlyArray<number> }
  | ({ readonly kind: "answer" } & Answer)

export interface ThreadEvent {
  readonly kind: "event"
  readonly event: Omit<NodeEvent, "cause">
  readonly cause: PackedError | null
}

export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: PackedError
}

/** What `times` is answered with. */
export type Times = ReadonlyArray<StageTime>

/** What `reported` is answered with: behind the batches before these places, for one port keeps its order. */
export type Reported = ReadonlyArray<StreamPartition & { readonly group: string; readonly next: number }>

const CLASSES: ReadonlyArray<ErrorClass> = [ConfigurationError]

export const packed = (cause: unknown): PackedError => packError(cause, CLASSES)
export const unpacked = (error: PackedError): Error => unpackError(error, CLASSES)

/** Events of a thread, passed to the main thread. */
export const tellEvents =
  (tell: (message: FromThread) => void): Emit =>
  ({ cause, ...event }) =>
    tell({ kind: "event", event, cause: cause === undefined ? null : packed(cause) })

export const heardEvent = ({ event, cause }: ThreadEvent): NodeEvent =>
  cause === null ? event : { ...event, cause: unpacked(cause) }

/** Questions under way to the other side. */
export class Asked {
  readonly #waiting = new Map<number, PromiseWithResolvers<never>>()
  #ids = 0
  #gone: { readonly cause: unknown } | null = null

  /** @param send is given the id that the answer will have. @throws what the other side ended with, where it is gone */
  ask<Result>(send: (id: number) => void): Promise<Result> {
    if (this.#gone !== null) return Promise.reject(this.#gone.cause)
    const waiting = Promise.withResolvers<never>()
    const id = this.#ids++
    this.#waiting.set(id, waiting)
    send(id)
    return waiting.promise
  }

  answered({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) waiting?.resolve(result as never)
    else waiting?.reject(unpacked(error))
  }

  /** The other side is gone: nothing will be answered any more. */
  giveUp(cause: unknown): void {
    this.#gone = { cause }
    for (const waiting of this.#waiting.values()) waiting.reject(cause)
    this.#waiting.clear()
  }
}
