/** Stop: how long releasing may take altogether. A part that hangs would keep the process, and what others wait for. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Emit } from "../events/event.ts"
import { Events } from "./events.ts"

/** A batch in hand and a seal take a fraction of it. */
const SLOW_MS = 5_000

interface Stopping {
  /** Closes a part within what is left of the time. Where none is left, it is abandoned, as if the process were killed. */
  readonly release: (what: string, close: () => Promise<unknown>) => Effect.Effect<void>
}

export class Stop extends Context.Service<Stop, Stopping>()("assay/Stop") {}

const stopping = (limitMs: number, emit: Emit, onLate: () => void): Stopping => {
  let began: number | null = null
  // A timer may fire a fraction of a millisecond before the clock says so: who was late has used up the time all the same.
  let isOver = false
  const late = (what: string): void => {
    isOver = true
    onLate()
    const message = `stopping took longer than ${limitMs / 1000} seconds: ${what} was abandoned`
    emit({ code: "stop.late", message })
  }
  return {
    release: (what, close) =>
      Effect.suspend(() => {
        began ??= performance.now()
        const left = limitMs - (performance.now() - began)
        if (isOver || left <= 0) return Effect.sync(() => late(what))
        const slow = setTimeout(
          () => emit({ code: "stop.slow", message: `stopping takes long: still waiting for ${what} to end` }),
          SLOW_MS,
        )
        return Effect.promise(close).pipe(
          Effect.timeoutOption(left),
          Effect.tap((ended) => (Option.isNone(ended) ? Effect.sync(() => late(what)) : Effect.void)),
          Effect.ensuring(Effect.sync(() => clearTimeout(slow))),
          Effect.asVoid,
        )
      }),
  }
}

/** @param onLate called where something did not stop in time */
export const stopLayer = (limitMs: number, onLate: () => void) =>
  Layer.effect(
    Stop,
    Effect.map(Events, ({ emit }) => stopping(limitMs, emit, onLate)),
  )
