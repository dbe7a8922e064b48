/** The thread that seals, from its plan on: all partitions of the log. */
import { borrowLibraries } from "@assay/signing"
import type { Emit } from "../events/event.ts"
import { guardLog } from "../log/guard.ts"
import { startSealing } from "../sealing.ts"
import type { Sealing } from "../service.ts"
import { openLogOf } from "./log.ts"
import { type FromThread, packed, type ToThread, tellEvents } from "./messages.ts"
import { loadServices, type SealingPlan } from "./plan.ts"
import { countTurns } from "./progress.ts"

/** How far it has sealed is said so often. */
const TELL_MS = 1_000

/**
 * Opens the log; then does what the main thread asks for.
 * @param end called when all is closed
 * @returns takes what the main thread says
 */
export const startSealingThread = async (
  plan: SealingPlan,
  tell: (message: FromThread) => void,
  end: () => void,
): Promise<(message: ToThread) => void> => {
  const { service, sealing: settings, progress, libraries } = plan
  const [definition] = await loadServices([service])
  const sealer = definition?.sealer
  if (sealer === undefined) throw new RangeError(`${service.module}: ${service.name} has no sealer`)
  borrowLibraries(libraries)
  const { log, lost } = guardLog(await openLogOf(plan, tell), (cause) => tell({ kind: "lost", error: packed(cause) }))
  const tellEvent = tellEvents(tell)
  const emit: Emit = (event) => {
    // That the log was lost is said once, by the main thread.
    if (lost() === null || event.cause !== lost()) tellEvent(event)
  }
  let sealing: Sealing | null = null
  const tellSeals = (): void => {
    if (sealing !== null) tell({ kind: "seals", seals: sealing.seals(), alarm: sealing.alarm() })
  }
  const timers = [setInterval(tellSeals, TELL_MS), countTurns(progress)]

  let starting: Promise<void> = Promise.resolve()
  const start = async (): Promise<void> => {
    sealing = await startSealing(sealer.start, log, settings, emit)
    tellSeals()
    tell({ kind: "started" })
  }

  const settled = async (id: number): Promise<void> => {
    try {
      await sealing?.settled()
      tellSeals()
      tell({ kind: "answer", id })
    } catch (cause) {
      tell({ kind: "answer", id, error: packed(cause) })
    }
  }

  const stop = async (): Promise<void> => {
    await starting.catch(() => undefined) // what it failed with was said
    await sealing?.stop().catch((cause) => emit({ code: "seal.failed", message: "sealing failed at its end", cause }))
    tellSeals()
    tell({ kind: "stopped" })
  }

  const close = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    await log.close()
    plan.writes?.close()
    libraries.close()
    end()
  }

  const failed = (cause: unknown): void => tell({ kind: "failed", error: packed(cause) })

  tell({ kind: "opened" })
  return (message) => {
    if (message.kind === "start") {
      starting = start()
      starting.catch(failed)
    } else if (message.kind === "settled") void settled(message.id)
    else if (message.kind === "stop") stop().catch(failed)
    else if (message.kind === "close") close().catch(failed)
  }
}
