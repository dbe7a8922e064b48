/** `assay verify-proof`: what a proof file proves, read from the proven bytes alone. Needs no data directory and no network. */
import { NoteError, type Proven, verifyProofFile } from "@assay/transparency"
import { type Command, EXIT, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { formatOrigin } from "../origin.ts"
import type { Output } from "../output.ts"
import { verifyReceipt } from "../receipt.ts"
import { byAnyKey, keysOf, policyIn, readKeys, witnessesIn } from "../verifier-keys.ts"

/** The log that the file names, to find its key by; what it says is checked with the key. */
const logNamed = (text: string, path: string): string => {
  const at = text.indexOf("\n\n")
  const origin = at < 0 ? "" : (text.slice(at + 2, at + 2 + 1_000).split("\n")[0] ?? "")
  if (origin === "")
    throw new UsageError(`${path} is no proof (C2SP tlog-proof, as assay prove writes it): it names no log`)
  return origin
}

/** The proven facts, for people and for programs alike. */
const factsOf = ({ said, event, leaf, head, cosigned, unverified }: Proven) => ({
  event: formatOrigin(said.origin),
  kind: said.kind,
  index: said.index,
  time: new Date(said.time).toISOString(),
  device: event?.device ?? null,
  /** The proof says what was decided and not of whom, as one of an erased device does. Why it does not, no proof tells. */
  withheld: event === null,
  outcome: said.outcome,
  decided: said.decided,
  supersedes: said.supersedes === null ? null : formatOrigin(said.supersedes),
  reasons: said.reasons,
  digest: event?.digest ?? null,
  leaf,
  size: head.size,
  origin: head.origin,
  cosigned: cosigned.map(({ name, time }) => ({ witness: name, time: new Date(time).toISOString() })),
  notVerified: unverified,
})

const show = (facts: ReturnType<typeof factsOf>, output: Output): void => {
  output.say(
    `${output.colour("valid", "green")}: ${facts.kind} on ${facts.event}, leaf ${facts.leaf} of the ${facts.size} that ${facts.origin} signed`,
  )
  const rows: ReadonlyArray<readonly [string, string | null]> = [
    [
      "device",
      facts.withheld ? "not in the proof, as where it was erased: it says what was decided, not of whom" : facts.device,
    ],
    ["outcome", facts.outcome],
    ["reasons", facts.reasons.length === 0 ? "none" : facts.reasons.join(", ")],
    ["time", facts.time],
    ["supersedes", facts.supersedes],
    ["digest of the message", facts.digest],
  ]
  for (const [name, value] of rows) if (value !== null) output.say(`  ${name.padEnd(22)}${value}`)
  for (const { witness, time } of facts.cosigned) output.say(`  ${"cosigned by".padEnd(22)}${witness}, at ${time}`)
  for (const name of facts.notVerified)
    output.say(`  a signature line names ${name}: not verified, it proves nothing here`)
}

export const verifyProof: Command = {
  name: "verify-proof",
  summary: "check a proof that prove wrote, with the log's key alone",
  usage: "verify-proof FILE --key KEYS [--witness KEYS] [--witness-policy FILE] [--receipt FILE]",
  details: `Needs no data directory and no network: the file, and the log's key (vkeys/pNNN.vkey) from somebody whom you trust. What
it prints is read from the proven bytes; a file that holds anything else is refused, but for signature lines of others below the
checkpoint: they are named as not verified. Each witness that --witness names must have cosigned the checkpoint, and so many of those in
--witness-policy as it asks for. --receipt checks a COSE receipt (RFC 9942) of the same leaf too. Exit code 1 where it proves nothing.`,
  takes: 1,
  options: {
    key: { type: "string", value: "KEYS", help: "a file with a verifier key, a directory of such, or a key" },
    witness: {
      type: "string",
      value: "KEYS",
      help: "the same for witnesses (cosignature/v1): each must have cosigned",
    },
    "witness-policy": {
      type: "string",
      value: "FILE",
      help: "a policy (C2SP tlog-policy) whose witnesses must have cosigned",
    },
    receipt: {
      type: "string",
      value: "FILE",
      help: "a COSE receipt of the same leaf, as assay prove --receipt writes it",
    },
  },
  run: async (given, output) => {
    const path = given.positionals[0]
    if (path === undefined) throw new UsageError("name the proof: assay verify-proof FILE --key KEYS")
    const keys = readKeys(given.required("key"))
    const text = readInput(path, "the proof").toString("utf8")
    const known = keysOf(keys, logNamed(text, path))
    const witness = given.text("witness")
    const witnesses = witness === null ? [] : witnessesIn(readKeys(witness))
    const policy = given.text("witness-policy")
    const asked = policy === null ? null : policyIn(policy)
    const receiptPath = given.text("receipt")
    const receiptFile = receiptPath === null ? null : readInput(receiptPath, "the receipt")
    try {
      const [proven, receipt] = byAnyKey(known, (key) => {
        const found = verifyProofFile(text, key, witnesses, asked)
        return [found, receiptFile === null ? null : verifyReceipt(receiptFile, found, key)] as const
      })
      const facts = factsOf(proven)
      output.result({ valid: true, ...facts, ...(receipt === null ? {} : { receipt }) }, () => {
        show(facts, output)
        if (receipt !== null) output.say(`  ${"COSE receipt".padEnd(22)}of the same leaf, in a tree of ${receipt.size}`)
      })
      return EXIT.ok
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      output.result({ valid: false, reason: cause.message }, () =>
        output.say(`${output.colour("NOT VALID", "red")}: ${cause.message}`),
      )
      return EXIT.failed
    }
  },
}
