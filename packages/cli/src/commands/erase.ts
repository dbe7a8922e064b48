/** `assay erase`: has a device forgotten, as two operators (or the roots) sign it. */

import { saltsPath } from "@assay/integrity-hasher/sealer"
import { newErasure, openErasure } from "@assay/knowledge"
import { partitionOf } from "@assay/log"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { KeyStore } from "@assay/transparency/storage"
import { logName, parseErasureTarget, signerOf } from "@assay/trust"
import { NODE_OPTIONS } from "../client.ts"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { DATA_OPTION, openForReading, requiredDataDir } from "../open-log.ts"
import { type SignedBefore, sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { VALID_OPTION } from "../operator-options.ts"
import { tellOutcome } from "../outcome.ts"
import { complain } from "../output.ts"

interface Asked {
  readonly target: string
  readonly opening: string
}

/** What the first signer asked for: the second signs the same target, or it would be another command. */
const askedIn = ({ path, openings, text }: SignedBefore, device: string): Asked => {
  const [opening] = openings
  if (opening === undefined)
    throw new UsageError(`${path} holds no erasure: assay erase DID --sign-only prints its tokens and their opening`)
  const target = String(text["target"])
  if (openErasure(target, opening)?.device !== device) throw new UsageError(`${path} is not about ${device}`)
  return { target, opening }
}

/**
 * What a second signer must not sign blind: the pseudonym in the tokens decides whose key is destroyed, and only the directory
 * in which the log is sealed tells whether it is that of the device.
 * @returns whether it was compared
 */
const checkPseudonym = async (given: Arguments, device: string, target: string): Promise<boolean> => {
  if (given.text("pseudonym") === null && given.text("data") === null) return false
  const { pseudonym } = await sealedNameOf(given, device)
  const signed = parseErasureTarget(target)?.pseudonym
  if (signed !== pseudonym)
    throw new UsageError(
      `the tokens name the pseudonym ${signed}, and that of ${device} is ${pseudonym}: do not sign them, have the first operator sign with --data`,
    )
  return true
}

const UNCHECKED =
  "warning: whether the pseudonym in the tokens is that of the device was NOT checked here; give --data DIR, the directory in which the log is sealed"
const SEALER_DESTROYS =
  "  the sealer destroys the device's key when it has sealed this, and none if the pseudonym is not the device's: check with assay verify --roots FILE"

interface Sealed {
  readonly pseudonym: string
  /** The log's name; null where no directory says it. */
  readonly log: string | null
}

/** The name of the device in its log, from the salts of the directory in which it is sealed. */
const sealedNameOf = async (given: Arguments, device: string): Promise<Sealed> => {
  const named = given.text("pseudonym")
  if (named !== null) {
    if (!/^[0-9a-f]{32}$/.test(named)) throw new UsageError("--pseudonym takes 32 hex digits")
    return { pseudonym: named, log: null }
  }
  const dir = requiredDataDir(given, readLogConfiguration(processEnvironment()))
  const log = await openForReading(given)
  try {
    const keys = await KeyStore.read(saltsPath(dir, partitionOf(signerOf(device), log.partitions)))
    const found = keys.get(device)
    await keys.close()
    if (found !== null) return { pseudonym: Buffer.from(found.pseudonym).toString("hex"), log: logName(log) }
    throw new UsageError(`the log in ${dir} has sealed nothing about ${device}, or it was erased already`)
  } finally {
    await log.close()
  }
}

export const erase: Command = {
  name: "erase",
  summary: "erase a device from the record, as two operators or the roots sign it",
  usage: "erase DID --keys FILE,FILE --aud URI [--data DIR | --pseudonym HEX]",
  details: `The device's key in the log is destroyed, so that its leaves say no more whose they are; what was decided stays provable.
What all stages know of it is forgotten, but for its place in the sequence and a quarantine or revocation, kept under a keyed
hash of its name. The command names it by its pseudonym, which --data looks up in the directory in which the log is sealed. A
device that is revoked, or against which a proof is held, only the roots can erase: give their key files as --keys.
Sign on one machine with --sign-only, and hand its lines to the second signer as --tokens FILE; with --data (or --pseudonym)
the second signer compares the pseudonym, without it a warning says that nobody did. Operators and roots do not sign together.
The sealer destroys the key only if the pseudonym is that of the device; assay verify --roots FILE tells when it was not.
What streams hold (messages, and the audit events themselves) stays there as long as the streams keep it.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    keys: { type: "string", value: "FILE[,FILE]", help: "the key files of operators, or of roots" },
    tokens: { type: "string", value: "FILE", help: "what other signers have printed with --sign-only" },
    pseudonym: { type: "string", value: "HEX", help: "the device's name in the log, where no directory is at hand" },
    aud: { type: "string", value: "URI", help: "the trust domain of the deployment" },
    log: { type: "string", value: "NAME", help: "the name of the log; that of --data, or else asked from the node" },
    reason: {
      type: "string",
      value: "TEXT",
      help: "why; it stays in the audit record for ever; erasure where left out",
    },
    ...VALID_OPTION,
    ...NODE_OPTIONS,
    "sign-only": { type: "boolean", help: "print the signed tokens and their opening instead of sending them" },
  },
  run: async (given, output) => {
    const device = given.positionals[0]
    if (device === undefined) throw new UsageError("name the device: assay erase DID --keys FILE,FILE --aud URI")
    const before = signedBefore(given)
    const sealed = before === null ? await sealedNameOf(given, device) : null
    const asked = before === null ? newErasure(device, sealed!.pseudonym) : askedIn(before, device)
    const checked = before === null || (await checkPseudonym(given, device, asked.target))
    if (!checked) complain(UNCHECKED)
    const { text, tokens } = await signCommand(given, "erase", asked.target, before, sealed?.log ?? null)
    const elements = [...tokens, asked.opening]
    if (given.flag("sign-only")) {
      output.result({ tokens: elements }, () => output.say(elements.join("\n")))
      return EXIT.ok
    }
    const judged = await sendCommand(given, elements)
    const what = `erasure of ${device}, signed by ${tokens.length}`
    const code = tellOutcome(judged, what, { ...text, pseudonymChecked: checked }, output)
    if (judged.accepted !== false) output.say(SEALER_DESTROYS)
    return code
  },
}
