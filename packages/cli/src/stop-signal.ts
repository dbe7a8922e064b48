/** Ctrl-C, and the request of an orchestrator to stop: SIGINT and SIGTERM. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const

export interface StopSignal {
  /** Aborted by the first of the two; a second one ends the process at once. */
  readonly signal: AbortSignal
  /** Resolves when it is. */
  readonly stopped: Promise<void>
  /** Stops listening. Call it when the command is over: several commands may run in one process. */
  release(): void
}

export const listenForStop = (): StopSignal => {
  const stop = new AbortController()
  const stopped = Promise.withResolvers<void>()
  const onSignal = (): void => {
    stop.abort()
    stopped.resolve()
  }
  for (const name of SIGNALS) process.once(name, onSignal)
  return {
    signal: stop.signal,
    stopped: stopped.promise,
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
