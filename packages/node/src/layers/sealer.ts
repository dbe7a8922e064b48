/**
 * Sealer: what seals the audit log beside the runners, in a thread of its own where others judge too. It ends after them, so that it
 * seals what they committed last; so its place is opened before them. It starts after them, because their start may be refused.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { startSealing } from "../sealing.ts"
import type { Sealing } from "../service.ts"
import { plainOf } from "../threads/plan.ts"
import { ThreadSealing } from "../threads/sealing.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogLoss, LogPort, Owners } from "./log.ts"
import { Stop } from "./stop.ts"

export class Sealer extends Context.Service<
  Sealer,
  {
    /** Null before the start, and where this process does not seal. */
    readonly current: () => Sealing | null
    readonly start: ReturnType<typeof attempt<void>>
  }
>()("assay/Sealer") {}

export const sealerLayer = Layer.effect(
  Sealer,
  Effect.gen(function* () {
    const plan = yield* Config
    const log = yield* LogPort
    const { shared } = yield* Owners
    const { giveUp } = yield* LogLoss
    const { emit } = yield* Events
    const { release } = yield* Stop
    let current: Sealing | null = null
    // A stop may come while it begins: what it comes to is then stopped all the same.
    let begun: Promise<Sealing | null> = Promise.resolve(null)
    yield* Effect.addFinalizer(() =>
      release("the sealer", async () => {
        const sealing = await begun.catch(() => null) // one that could not begin has left nothing
        await sealing?.stop()
      }),
    )
    const begin = async (): Promise<Sealing | null> => {
      if (plan.sealing === null) return null
      const { start, roles, settings, service } = plan.sealing
      if (plan.workers === 0) return startSealing(start, log, settings, emit)
      return ThreadSealing.start({
        plan: {
          service: { name: service.name, module: service.module },
          sealing: settings,
          log: plainOf(plan.log),
          roles,
          dir: plan.dir,
        },
        shared,
        stallMs: plan.stallMs,
        emit,
        onLoss: giveUp,
      })
    }
    const start = async (): Promise<void> => {
      begun = begin()
      current = await begun
    }
    return { current: () => current, start: attempt(start) }
  }),
)
