/** Ctrl-C, and the request of an orchestrator to stop: SIGINT and SIGTERM. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const

export interface StopSignal {
  /** Aborted by the first of the two; a second one ends the process at once. */
  readonly signal: AbortSignal
  /** Resolves when it is aborted. */
  readonly stopped: Promise<void>
  /** Stops listening. Call it when the command is over: several commands may run in one process. */
  release(): void
}

export const listenForStop = (): StopSignal => {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  for (const name of SIGNALS) process.once(name, onSignal)
  return {
    signal: stop.signal,
    stopped: new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true })),
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
