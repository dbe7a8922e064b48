/** The chain beside an anchor log that a monitor follows: who is shown another anchor log than everybody sees finds out. */
import { ChainWatch } from "@assay/anchor"
import { newestHead, rpcAt } from "@assay/anchor/evm"
import type { PolicyLog } from "@assay/transparency"
import { sourceAt, type View } from "@assay/witness/monitor"
import { type Arguments, UsageError } from "../command.ts"
import { logKeysIn, readKeys } from "../verifier-keys.ts"

/** What a round of the monitor found, with what the chain says. */
export type Watched = (views: ReadonlyArray<View>) => Promise<ReadonlyArray<View>>

/**
 * @param logs of the monitor's policy, with where each is read
 * @returns views as they are, where the call names no contract
 * @throws UsageError
 */
export const chainWatch = (
  given: Arguments,
  logs: ReadonlyArray<PolicyLog & { readonly url: string }>,
  timeoutMs: number,
): Watched => {
  const [contract, rpc] = [given.text("contract"), given.text("rpc")]
  if (contract === null) return async (views) => views
  if (!/^0x[0-9a-fA-F]{40}$/.test(contract)) throw new UsageError(`--contract takes an address, not ${contract}`)
  if (rpc === null || !URL.canParse(rpc))
    throw new UsageError("--contract goes with --chain N and --rpc URL, a node of your own")
  const [key] = logKeysIn(readKeys(given.required("anchor-key")))
  const log = logs.find((one) => one.key.name === key?.name && one.key.id === key.id)
  if (key === undefined || log === undefined)
    throw new UsageError(`the policy names no anchor log with a URL (log ${key?.name ?? "VKEY"} URL): add its line`)
  const place = {
    chain: given.whole("chain", 1, Number.MAX_SAFE_INTEGER),
    contract: contract.toLowerCase() as `0x${string}`,
  }
  const request = rpcAt(rpc)
  const watch = new ChainWatch({
    head: () => newestHead(request, place, key),
    tiles: sourceAt(log.url, timeoutMs).tiles,
    stallMs: given.whole("chain-stall", 1, 31_536_000) * 1000,
  })
  return async (views) => {
    const watched: Array<View> = []
    for (const view of views) {
      if (view.log !== key.name) {
        watched.push(view)
        continue
      }
      const { size, root } = view
      const shown = size === null || root === null ? null : { size, root: Buffer.from(root, "base64") }
      const { size: held, problem } = await watch.look(shown)
      const alarms = problem === null ? view.alarms : [...view.alarms, { kind: "chain" as const, text: problem }]
      watched.push({ ...view, chain: { contract: place.contract, size: held }, alarms })
    }
    return watched
  }
}
