/** `assay anchor status`: what is anchored, what is on its way, and what it costs, from the files alone. */
import { dayCost, readAnyState } from "@assay/anchor/evm"
import { stampedIn } from "@assay/anchor/opentimestamps"
import { encodeVkey } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode } from "../command.ts"
import type { Output } from "../output.ts"
import { coins } from "./money.ts"
import { evidenceIn, evmDirectory, openAnchorLog, otsDirectory } from "./state.ts"

const DAY_SECONDS = 86_400

export const status = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const dir = given.required("state")
  const log = await openAnchorLog(dir)
  const state = await readAnyState(evmDirectory(dir))
  const now = Date.now()
  const size = log.head?.size ?? 0
  const evidence = await evidenceIn(dir)
  const stamped = stampedIn(otsDirectory(dir))
  const complete = evidence.filter(({ kind }) => kind === "opentimestamps").length
  const ots = stamped.length === 0 ? null : { heads: stamped.length, newest: stamped.at(-1), complete }
  const common = { log: encodeVkey(log.key), size, evidence: evidence.length, ots }
  const sayCommon = (): void => {
    output.say(`${common.log}\nthe anchor log has ${size} leaves`)
    if (ots === null) return
    output.say(
      `OpenTimestamps: ${ots.heads} heads handed in, the newest of ${ots.newest} leaves; ${complete} are in a block of Bitcoin`,
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

const at = (time: number): string => new Date(time).toISOString()
