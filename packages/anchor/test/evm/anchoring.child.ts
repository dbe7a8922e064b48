/** Grows an anchor log and anchors it without end, until it is killed: `anchoring.child.ts LOG STATE RPC CONTRACT`. */
import { setTimeout as sleep } from "node:timers/promises"
import { KEY } from "@assay/testkit/anvil"
import { EvmAnchor, rpcAt } from "../../src/evm/index.ts"
import { AnchorLog } from "../../src/index.ts"
import { KEY_OF_LOG, SIGNER } from "../keys.ts"

const [logDirectory, directory, rpc, contract] = process.argv.slice(2)
const log = await AnchorLog.open(logDirectory!, KEY_OF_LOG)
const anchor = await EvmAnchor.open({
  request: rpcAt(rpc!),
  contract: contract as `0x${string}`,
  key: KEY,
  log: KEY_OF_LOG,
  history: log,
  directory: directory!,
  confirmations: 2,
  maxFeePerGas: 100_000_000_000n,
  raiseAfterMs: 60_000,
  stallMs: 3_600_000,
})
process.stdout.write("runs\n")
for (;;) {
  await log.append([Buffer.from(`checkpoint ${log.head?.size ?? 0}`)], SIGNER)
  await anchor.advance(log.head)
  await sleep(5)
}
