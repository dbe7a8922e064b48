/** `assay anchor status`: what is anchored, what is on its way, and what it costs, from the files alone. */
import { dayCost, evmEvidence, readAnyState } from "@assay/anchor/evm"
import { otsEvidence } from "@assay/anchor/opentimestamps"
import { encodeVkey } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import type { Output } from "../output.ts"
import { coins } from "./money.ts"
import { evmDirectory, openAnchorLog, otsDirectory } from "./state.ts"

const DAY_SECONDS = 86_400

export const status = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const dir = given.required("state")
  const log = await openAnchorLog(dir)
  const state = await readAnyState(evmDirectory(dir))
  const now = Date.now()
  const size = log.head?.size ?? 0
  const ots = await otsStatus(otsDirectory(dir))
  const common = { log: encodeVkey(log.key), size, ots }
  const sayCommon = (): void => {
    output.say(`${common.log}\nthe anchor log has ${size} leaves`)
    if (ots === null) return
    output.say(
      `OpenTimestamps: ${ots.heads} heads handed in, the newest of ${ots.newest} leaves; ${ots.complete ?? "none"} leaves are in a block of Bitcoin`,
    )
  }
  if (state === null) {
    output.result({ ...common, evm: null }, sayCommon)
    return EXIT.ok
  }
  const { chain, contract, pending, confirmed, costs } = state
  const day = dayCost(costs, now)
  const last = costs.at(-1)
  const every = given.text("every") === null ? null : given.whole("every", 1, 604_800)
  const perDay =
    last === undefined || every === null
      ? null
      : (BigInt(last.cost) * BigInt(Math.ceil(DAY_SECONDS / every))).toString()
  const evm = {
    chain,
    contract,
    confirmed:
      confirmed === null
        ? null
        : {
            size: confirmed.pending.size,
            transaction: confirmed.hash,
            block: confirmed.blockNumber,
            at: at(confirmed.at),
          },
    evidence: evmEvidence(evmDirectory(dir)).sizes().length,
    pending: pending === null ? null : { size: pending.size, since: at(pending.begun), sent: pending.sent.length },
    lastDay: { count: day.count, wei: String(day.wei) },
    last: last === undefined ? null : { gasUsed: last.gasUsed, wei: last.cost, seconds: Math.round(last.took / 1000) },
    perDay,
  }
  output.result({ ...common, evm }, () => {
    sayCommon()
    output.say(`contract ${contract} on chain ${chain}:`)
    output.say(
      evm.confirmed === null
        ? "  nothing counts yet"
        : `  ${evm.confirmed.size} leaves count, by transaction ${evm.confirmed.transaction} in block ${evm.confirmed.block}, since ${evm.confirmed.at}`,
    )
    if (evm.pending !== null)
      output.say(
        `  ${evm.pending.size} leaves are on their way since ${evm.pending.since}, sent ${evm.pending.sent} times`,
      )
    output.say(`  in the last day ${day.count} transactions for ${coins(day.wei)} coins`)
    if (evm.last !== null)
      output.say(
        `  the last one took ${evm.last.gasUsed} gas, ${coins(BigInt(evm.last.wei))} coins and ${evm.last.seconds} s until it counted`,
      )
    if (perDay !== null) output.say(`  one every ${every} s at that price is ${coins(BigInt(perDay))} coins a day`)
  })
  return EXIT.ok
}

/** What was handed in, and the leaves of the newest head that Bitcoin stands for; null where nothing was. */
const otsStatus = async (directory: string) => {
  const source = otsEvidence(directory)
  const sizes = source.sizes()
  if (sizes.length === 0) return null
  for (const size of sizes.toReversed())
    if ((await source.read(size)) !== null) return { heads: sizes.length, newest: sizes.at(-1), complete: size }
  return { heads: sizes.length, newest: sizes.at(-1), complete: null }
}

const at = (time: number): string => new Date(time).toISOString()
