/** What the main thread and one that judges say to each other. Writes to the embedded log have a port of their own. */
import type { BatchDone, RunningNode, StageTime } from "@assay/engine"
import type { Backend } from "@assay/jose/verify"
import { type ErrorClass, type PackedError, packError, type StreamPartition, unpackError } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import type { RegistryDelta } from "@assay/telemetry"
import type { NodeEvent } from "../events/event.ts"

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
  /** The runners are started; on a log of its own they judge. */
  | { readonly kind: "judging" }
  /** All runners have ended; the log is still open. */
  | { readonly kind: "stopped" }
  /** Nothing helps but a person. */
  | { readonly kind: "failed"; readonly error: PackedError }
  | { readonly kind: "status"; readonly status: Status }
  /** What is in force, as the track keeps it. Before the status that shows the runner. */
  | { readonly kind: "knowledge"; readonly group: string; readonly partition: number; readonly kept: Uint8Array }
  | { readonly kind: "event"; readonly event: Omit<NodeEvent, "cause">; readonly cause: PackedError | null }
  | { readonly kind: "backend"; readonly chosen: Pick<Backend, "name" | "problem"> }
  /** Counted since the last; `committed` says whether a batch was. */
  | { readonly kind: "metrics"; readonly delta: RegistryDelta; readonly committed: boolean }
  /** A batch was committed: each where somebody wants each; else those that are worth a line, and of them what makes them so. */
  | { readonly kind: "batch"; readonly done: BatchDone }
  | { readonly kind: "join"; readonly id: number; readonly group: string; readonly stream: string }
  | { readonly kind: "confirm"; readonly id: number; readonly group: string; readonly partition: number }
  | { readonly kind: "leave"; readonly group: string }
  | ({ readonly kind: "answer" } & Answer)

export type ToThread =
  | { readonly kind: "judge" }
  /** Finish the batches in hand. */
  | { readonly kind: "stop" }
  /** Close the log, then end. */
  | { readonly kind: "close" }
  | { readonly kind: "states"; readonly id: number; readonly did: string; readonly partition: number }
  | { readonly kind: "times"; readonly id: number }
  | { readonly kind: "allocated"; readonly id: number }
  | { readonly kind: "reported"; readonly id: number }
  | { readonly kind: "assigned"; readonly group: string; readonly partitions: ReadonlyArray<number> }
  | ({ readonly kind: "answer" } & Answer)

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
