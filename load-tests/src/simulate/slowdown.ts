/** How much longer work takes on cores that are shared with other work than on idle ones. */

const CORES = 2
/** Above, the law says little: the machine has no room. */
const MOST_BUSY = 0.95
/**
 * Threads that want a core at times: those of the broker, of the services, and of the generator. 16 is fitted: of 10, 12, 16 and 24
 * it brings most of the measured latencies near, and they differ by a tenth at most.
 */
const THREADS = 16

/**
 * Threads each of which works for a second of CPU on average, and then waits for something else (two servers that share alike, and a
 * finite number of customers: M/M/2//N).
 * @param asks how often a thread that waits wants a core, by second
 * @returns the share of the cores that is busy, and how long a second of work takes
 */
const playOf = (asks: number, threads: number): { readonly busy: number; readonly stay: number } => {
  // How likely it is that n threads want a core, up to a factor.
  let likely = 1
  let [all, served, there] = [1, 0, 0]
  for (let n = 1; n <= threads; n++) {
    likely *= (asks * (threads - n + 1)) / Math.min(n, CORES)
    all += likely
    served += Math.min(n, CORES) * likely
    there += n * likely
  }
  return { busy: served / all / CORES, stay: there / served }
}

const STEPS = 60

const stayOf = (busy: number, threads: number): number => {
  let [low, high] = [1e-9, 1e9]
  for (let step = 0; step < STEPS; step++) {
    const asks = Math.sqrt(low * high)
    if (playOf(asks, threads).busy < busy) low = asks
    else high = asks
  }
  return playOf(high, threads).stay
}

/** By thousandths of the busy share. */
const known = new Map<number, number>()

/**
 * A batch is work of several processes one after another, each of which waits for its turn. There are only so many that it can wait
 * for: with any number of them it were 1 / (1 - busy^2), which has no end and was too much on a machine nine tenths busy.
 * @param busy the share of two cores that is busy, 0 to 1
 */
export const slowdown = (busy: number, threads = THREADS): number => {
  const share = Math.round(Math.min(MOST_BUSY, busy) * 1e3)
  if (share <= 0) return 1
  if (threads !== THREADS) return stayOf(share / 1e3, threads)
  const found = known.get(share) ?? stayOf(share / 1e3, threads)
  known.set(share, found)
  return found
}
