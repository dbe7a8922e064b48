/** A bound for work that cannot be cancelled itself. */

/**
 * The work goes on when this rejects, so whoever calls must end what it holds; a late result or error of it goes nowhere.
 * @param what for the error: "a heartbeat"
 */
export const within = <T>(what: string, ms: number, work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (): void => fail(new Error(`${what} was given up`))
    const timer = setTimeout(() => fail(new Error(`${what} was not answered within ${ms} ms`)), ms)
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", stop)
    }
    const fail = (cause: unknown): void => {
      settle()
      reject(cause)
    }
    signal.addEventListener("abort", stop)
    if (signal.aborted) stop()
    work.then((result) => {
      settle()
      resolve(result)
    }, fail)
  })

/** Resolves after `ms`, or when `signal` aborts, or when the function given to `early` is called. */
export const pause = (ms: number, signal: AbortSignal, early?: (end: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener("abort", end)
    if (signal.aborted) end()
    early?.(end)
  })
