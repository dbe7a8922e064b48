/**
 * Sealer: what seals the audit log beside the runners. It ends after them, so that it seals what they committed last; so its
 * place is opened before them. It starts after them, because their start may be refused.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import type { Sealing } from "../service.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
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
    const { sealing } = yield* Config
    const log = yield* LogPort
    const { emit } = yield* Events
    const { release } = yield* Stop
    let current: Sealing | null = null
    yield* Effect.addFinalizer(() => release("the sealer", async () => current?.stop()))
    const start = async (): Promise<void> => {
      if (sealing === null) return
      const { dir, keys, witnesses, leaseMs } = sealing
      const onProblem = (cause: unknown): void => emit({ code: "seal.failed", message: "sealing failed", cause })
      const onWitness = (message: string): void => emit({ code: "witness.problem", message })
      current = await sealing.start(
        log,
        dir,
        onProblem,
        witnesses === null ? null : { ...witnesses, onProblem: onWitness },
        keys,
        { leaseMs, onLease: (message) => emit({ code: "seal.lease", message }) },
      )
    }
    return { current: () => current, start: attempt(start) }
  }),
)
