/** The chain that heads are written to: a real EVM (anvil) of which this program says when blocks come, and at what price. */
import { setTimeout as sleep } from "node:timers/promises"
import { ADDRESS, OTHER_ADDRESS, startAnvil } from "@assay/testkit/anvil"
import { startWatchdog } from "../cluster/watchdog.ts"

export interface AlertChain {
  readonly url: string
  /** A block in each half second from now on. @param gwei what a unit of gas costs in each; left out: what the chain makes of it */
  mine(gwei?: number): Promise<void>
  /** So many blocks at once. */
  grow(blocks: number): Promise<void>
  /** No block comes any more. */
  halt(): Promise<void>
  /** The node answers nobody (SIGSTOP), and no block comes. */
  sleep(): Promise<void>
  /** It goes on, and so do blocks. */
  wake(): Promise<void>
  /** Replaces so many of the newest blocks by empty ones. */
  reorganise(depth: number): Promise<void>
  /** What the account of the anchor has from now on, in coins. */
  setBalance(coins: number): Promise<void>
  /** Somebody else sends it some coins. */
  fund(coins: number): Promise<void>
}

const BLOCK_MS = 500
const WEI = 1e18

const hex = (amount: number): string => `0x${BigInt(Math.round(amount)).toString(16)}`

/** @param dir for a pid file @returns the chain, mining, and what ends it */
export const startChain = async (dir: string): Promise<{ readonly chain: AlertChain; stop(): Promise<void> }> => {
  const anvil = await startAnvil()
  startWatchdog(dir, "anvil").watch("anvil", anvil.process.pid!)
  let mining = { stop: new AbortController(), done: Promise.resolve() }
  const blocks = async (signal: AbortSignal, gwei: number | null): Promise<void> => {
    while (!signal.aborted) {
      if (gwei !== null) await anvil.request({ method: "anvil_setNextBlockBaseFeePerGas", params: [hex(gwei * 1e9)] })
      await anvil.mine()
      await sleep(BLOCK_MS, undefined, { signal }).catch(() => undefined)
    }
  }
  const halt = async (): Promise<void> => {
    mining.stop.abort()
    await mining.done
  }
  const mine = async (gwei: number | null = null): Promise<void> => {
    await halt()
    const stop = new AbortController()
    mining = { stop, done: blocks(stop.signal, gwei) }
  }
  await mine()
  return {
    chain: {
      url: anvil.url,
      mine: (gwei) => mine(gwei),
      grow: (count) => anvil.mine(count),
      halt,
      sleep: async () => {
        await halt()
        anvil.process.kill("SIGSTOP")
      },
      wake: async () => {
        anvil.process.kill("SIGCONT")
        await mine()
      },
      reorganise: async (depth) => void (await anvil.request({ method: "anvil_reorg", params: [depth, []] })),
      setBalance: async (coins) =>
        void (await anvil.request({ method: "anvil_setBalance", params: [ADDRESS, hex(coins * WEI)] })),
      fund: async (coins) =>
        void (await anvil.request({
          method: "eth_sendTransaction",
          params: [{ from: OTHER_ADDRESS, to: ADDRESS, value: hex(coins * WEI) }],
        })),
    },
    stop: async () => {
      anvil.process.kill("SIGCONT")
      await halt()
      await anvil.stop()
    },
  }
}
