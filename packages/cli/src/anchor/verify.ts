/** `assay anchor verify`: message -> leaf -> checkpoint -> anchor log -> transaction -> block header, for somebody who trusts none of us. */
import { AnchorError, originIn, type ProvenAnchored, verifyAnchoredFile } from "@assay/anchor"
import { withoutLineEnd } from "@assay/jose"
import { isCose, openMessage } from "@assay/message"
import { NoteError } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { formatOrigin } from "../origin.ts"
import type { Output } from "../output.ts"
import { byAnyKey, keysOf, logKeysIn, readKeys } from "../verifier-keys.ts"
import { type BlockCheck, checkBlock } from "./own-node.ts"

/** Whether the decision is on this message. @throws UsageError where the file holds none */
const checkMessage = (path: string, { event }: ProvenAnchored): BlockCheck => {
  const input = readInput(path, "the message")
  const message = openMessage(isCose(input) ? input : withoutLineEnd(input))
  if ("reason" in message) throw new UsageError(`${path} is no message: ${message.detail}`)
  const digest = message.digest.toString("base64url")
  const known = event.event?.digest ?? null
  if (known === digest) return { ok: true, text: `the message of ${path} is the one that was decided` }
  const text =
    known === null ? "the event names no message" : `the decision is on the message ${known}, not on ${digest}`
  return { ok: false, text }
}

/** Where the caller says that the log is anchored. @throws UsageError */
const placeOf = (given: Arguments): { readonly chain: number; readonly contract: string } => {
  const contract = given.required("contract")
  if (!/^0x[0-9a-fA-F]{40}$/.test(contract)) throw new UsageError(`--contract takes an address, not ${contract}`)
  return { chain: given.whole("chain", 1, Number.MAX_SAFE_INTEGER), contract: contract.toLowerCase() }
}

const show = (proven: ProvenAnchored, checks: ReadonlyArray<BlockCheck>, output: Output): void => {
  const { event, checkpoint } = proven
  output.say(
    `the ${event.said.kind} on ${formatOrigin(event.said.origin)}: ${event.said.outcome ?? "no outcome"}, at ${new Date(event.said.time).toISOString()}`,
  )
  output.say(`  is leaf ${event.leaf} of the ${checkpoint.size} that ${checkpoint.origin} signed`)
  for (const { leaf, head, evidence } of proven.anchors) {
    const { chain, contract, block, index } = evidence
    output.say(`  that checkpoint is leaf ${leaf} of the ${head.size} of ${head.origin}`)
    output.say(`  they were written to ${contract} on chain ${chain} by transaction ${index} of block ${block.number}`)
    output.say(`  ${block.hash}, at ${new Date(block.time).toISOString()}`)
  }
  for (const { ok, text } of checks) output.say(`  ${output.colour(ok ? "yes" : "NO", ok ? "green" : "red")}: ${text}`)
}

export const verify = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const path = given.positionals[1]
  if (path === undefined)
    throw new UsageError(
      "name the file: assay anchor verify FILE --key KEYS --anchor-key KEY --chain N --contract ADDRESS",
    )
  const place = placeOf(given)
  const text = readInput(path, "the proof").toString("utf8")
  const keys = readKeys(given.required("key"))
  const [anchorKey] = logKeysIn(readKeys(given.required("anchor-key")))
  if (anchorKey === undefined) throw new UsageError("--anchor-key holds no key")
  try {
    const proven = byAnyKey(keysOf(keys, originIn(text)), (key) => verifyAnchoredFile(text, key, anchorKey))
    const own = proven.anchors.filter(
      ({ evidence }) => evidence.chain === place.chain && evidence.contract.toLowerCase() === place.contract,
    )
    if (own.length === 0)
      throw new AnchorError("evidence", `the file has no anchor at ${place.contract} on chain ${place.chain}`)
    const message = given.text("message")
    const asked = {
      rpc: given.text("rpc"),
      block: given.text("block"),
      confirmations: given.whole("confirmations", 0, 1_000_000),
    }
    const checks = [
      ...(message === null ? [] : [checkMessage(message, proven)]),
      ...(await Promise.all(own.map(({ evidence }) => checkBlock(evidence, asked)))),
    ]
    const valid = checks.every(({ ok }) => ok)
    const { event, checkpoint } = proven
    const anchors = own.map(({ leaf, head, evidence }) => ({
      leaf,
      size: head.size,
      ...place,
      block: {
        ...evidence.block,
        number: String(evidence.block.number),
        time: new Date(evidence.block.time).toISOString(),
      },
      transaction: evidence.index,
    }))
    const facts = {
      event: formatOrigin(event.said.origin),
      outcome: event.said.outcome,
      time: new Date(event.said.time).toISOString(),
      leaf: event.leaf,
      checkpoint: { origin: checkpoint.origin, size: checkpoint.size },
      anchors,
      checks,
    }
    output.result({ valid, ...facts }, () => {
      output.say(valid ? output.colour("valid", "green") : output.colour("NOT VALID", "red"))
      show({ ...proven, anchors: own }, checks, output)
    })
    return valid ? EXIT.ok : EXIT.failed
  } catch (cause) {
    if (!(cause instanceof NoteError || cause instanceof AnchorError)) throw cause
    output.result({ valid: false, reason: cause.message }, () =>
      output.say(`${output.colour("NOT VALID", "red")}: ${cause.message}`),
    )
    return EXIT.failed
  }
}
