/** `assay anchor deploy`: makes the contract of an anchor log, once. */
import { deployContract } from "@assay/anchor/evm"
import { ANCHOR, ConfigurationError } from "@assay/settings"
import { encodeVkey } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import type { Output } from "../output.ts"
import { coins } from "./money.ts"
import { readAnchorSettings } from "./settings.ts"
import { openAnchorKey } from "./state.ts"

export const deploy = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const { evm, logKey, maxFeePerGas } = readAnchorSettings()
  if (evm === null)
    throw new ConfigurationError(
      `configuration: ${ANCHOR.rpc.key} and ${ANCHOR.accountKey.key} say where, and who pays`,
    )
  if (evm.contract !== null)
    throw new UsageError(`${ANCHOR.contract.key} names a contract already: unset it to make another one`)
  const key = await openAnchorKey(given.required("state"), given.text("name"), logKey)
  try {
    const timeoutMs = given.whole("wait", 1, 86_400) * 1000
    const made = await deployContract({ request: evm.request, key: evm.key, log: key.key, maxFeePerGas, timeoutMs })
    const { chain, contract, transaction, cost } = made
    output.result({ chain, contract, transaction, cost: String(cost), log: encodeVkey(key.key) }, () => {
      output.say(`contract ${contract} on chain ${chain}, for ${coins(cost)} coins (transaction ${transaction})`)
      output.say(`set ${ANCHOR.contract.key}=${contract}, and give out the contract and ${encodeVkey(key.key)}`)
    })
    return EXIT.ok
  } finally {
    await key.close()
  }
}
