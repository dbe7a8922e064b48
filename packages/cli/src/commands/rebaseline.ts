/** `assay rebaseline`: has the baselines of many devices learned anew, as two operators sign it. */
import { MAX_DEVICES, POLICY } from "@assay/knowledge"
import { readRoots } from "@assay/node/roots"
import type { SegmentationPolicy } from "@assay/trust"
import { escapeControls } from "@assay/trust/kit"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput } from "../files.ts"
import { DATA_OPTION, openForReading } from "../open-log.ts"
import { type SignedText, sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { OPERATOR_OPTIONS } from "../operator-options.ts"
import { tellOutcome } from "../outcome.ts"
import { complain } from "../output.ts"
import { presentOf } from "../present-knowledge.ts"
import { ROOTS_OPTION } from "../roots.ts"
import { type Selected, selectDevices } from "../trust/select.ts"

const sinceOf = (text: string | null): number | null => {
  if (text === null) return null
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError(`--since takes a time such as 2026-01-31T00:00:00Z, not ${text}`)
  return time
}

type Texts = [string | null, string | null, string | null]

/** Which devices lie in a zone only the policy says that the roots signed. */
const policyInForce = async (given: Arguments): Promise<SegmentationPolicy> =>
  (await presentOf(POLICY, given, readRoots(given.required("roots"), null))).before.body as SegmentationPolicy

const selected = async (given: Arguments): Promise<Selected> => {
  const listed = given.text("devices")
  const [vendor, deviceClass, zone] = ["vendor", "class", "zone"].map((name) => given.text(name)) as Texts
  const since = sinceOf(given.text("since"))
  if (listed !== null) {
    const lines = readInput(listed, "the list of devices").toString("utf8").split("\n")
    const devices = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ""))].sort()
    const wrong = devices.find((device) => !device.startsWith("did:"))
    if (wrong !== undefined) throw new UsageError(`${listed}: ${wrong} is no DID`)
    return { devices, leftOut: [] }
  }
  if (vendor === null && deviceClass === null && zone === null)
    throw new UsageError("say which devices: --vendor, --class, --zone, or --devices FILE")
  const policy = zone === null ? null : await policyInForce(given)
  if (zone !== null && policy?.zones.some(({ id }) => id === zone) !== true)
    throw new UsageError(`the policy in force has no zone ${zone}`)
  const log = await openForReading(given)
  try {
    const inZone = zone === null || policy === null ? null : { id: zone, policy }
    return await selectDevices(log, { vendor, class: deviceClass, zone: inZone, since })
  } finally {
    await log.close()
  }
}

/** What the selector was, for the record: the command's target. */
const targetOf = (given: Arguments): string =>
  ["vendor", "class", "zone", "since", "devices"]
    .flatMap((name) => (given.text(name) === null ? [] : [`${name}=${given.text(name)}`]))
    .join(" ")

/** One command for each 256 devices. */
const signAll = async (given: Arguments, devices: ReadonlyArray<string>): Promise<ReadonlyArray<SignedText>> => {
  const signed: Array<SignedText> = []
  for (let from = 0; from < devices.length; from += MAX_DEVICES)
    signed.push(
      await signCommand(given, "rebaseline", targetOf(given), null, null, {
        devices: devices.slice(from, from + MAX_DEVICES),
      }),
    )
  return signed
}

const send = async (given: Arguments, signed: ReadonlyArray<SignedText>, output: Parameters<Command["run"]>[1]) => {
  let code: ExitCode = EXIT.ok
  for (const { text, tokens } of signed) {
    const what = `rebaseline of ${text.devices?.length} devices, signed by ${tokens.length}: ${escapeControls(text.reason)}`
    const one = tellOutcome(await sendCommand(given, tokens), what, { ...text }, output)
    if (one !== EXIT.ok) code = one
  }
  return code
}

export const rebaseline: Command = {
  name: "rebaseline",
  summary: "let devices learn their normal values anew, as two operators sign it",
  usage: "rebaseline (--class CLASS | --vendor VENDOR | --zone ZONE) [--since TIME] --keys FILE,FILE --aud URI",
  details: `After a new sensor, a changed unit or a moved machine: what is normal is learned anew. The selector is expanded here, from the
states that the log keeps, and what is signed is the list of DIDs, never the selector. A device that is watched, quarantined,
revoked or in probation is left out, and stays as it is even where a list names it. A list of more than 256 devices becomes
several commands; then both keys must sign here. Else sign with --sign-only, and hand the line to the second operator as
--tokens FILE, who sees the list. --dry-run prints whom it means.`,
  takes: 0,
  options: {
    ...DATA_OPTION,
    vendor: { type: "string", value: "VENDOR", help: "devices whose credential names this vendor" },
    class: { type: "string", value: "CLASS", help: "devices whose credential names this class" },
    zone: {
      type: "string",
      value: "ZONE",
      help: "devices that the policy in force assigns to this zone; needs --roots",
    },
    ...ROOTS_OPTION,
    since: { type: "string", value: "TIME", help: "only those heard since then, for example 2026-01-31T00:00:00Z" },
    devices: { type: "string", value: "FILE", help: "these devices instead, one DID a line" },
    "dry-run": { type: "boolean", help: "print the devices, and sign nothing" },
    ...OPERATOR_OPTIONS,
  },
  run: async (given, output) => {
    const before = signedBefore(given)
    if (before !== null) {
      const devices = before.text["devices"]
      if (!Array.isArray(devices)) throw new UsageError(`${before.path} holds no rebaseline`)
      complain(`devices (${devices.length}): ${devices.join(" ")}`)
      const signed = await signCommand(given, "rebaseline", String(before.text["target"]), before)
      return send(given, [signed], output)
    }
    const { devices, leftOut } = await selected(given)
    for (const { device, state } of leftOut) complain(`left out: ${device} is ${state}`)
    if (given.flag("dry-run")) {
      output.result({ devices, leftOut }, () => output.say(devices.join("\n")))
      return EXIT.ok
    }
    if (devices.length === 0) throw new UsageError("no device is meant that could learn anew: see --dry-run")
    const signed = await signAll(given, devices)
    if (!given.flag("sign-only")) return send(given, signed, output)
    if (signed.length > 1)
      throw new UsageError(
        `${devices.length} devices take ${signed.length} commands: give both keys here, or a narrower selector`,
      )
    const { text, tokens } = signed[0]!
    output.result({ text, tokens }, () => output.say(tokens.join("\n")))
    return EXIT.ok
  },
}
