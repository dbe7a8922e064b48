/** `assay check-message FILE`: what a message would meet, step by step; for whoever writes firmware. */

import { withoutLineEnd } from "@assay/jose"
import { isCose } from "@assay/message"
import { type Command, EXIT, UsageError } from "../command.ts"
import { remedyOf } from "../explain/reason.ts"
import { readInput } from "../files.ts"
import { foreseeUnder } from "../sign/check-token.ts"
import { type Step, walkThrough } from "../sign/steps.ts"

export const checkMessage: Command = {
  name: "check-message",
  summary: "say step by step what a signed message would meet",
  usage: "check-message FILE|- [--hex] [--credential FILE]",
  details: `Reads one message, a compact JWS or a COSE_Sign1, and needs no node: format, claims, device, signature, readings, and with
--credential what that credential grants. The first step that fails gives the reason code and what to change (exit code 1). Where
the device stands in its sequence, whether its issuer is trusted, and what the policy allows, only a deployment knows.`,
  takes: 1,
  options: {
    hex: { type: "boolean", help: "the file holds the bytes in hexadecimal, blanks and lines as you like" },
    credential: { type: "string", value: "FILE", help: "the credential that the device would show" },
  },
  run: async (given, output) => {
    const file = given.positionals[0]
    if (file === undefined) throw new UsageError("name the file with the message, or - for standard input")
    const input = readInput(file, "the message")
    const message = given.flag("hex") ? fromHex(input.toString("latin1")) : input
    const walk = walkThrough(isCose(message) ? message : withoutLineEnd(message))
    const credential = given.text("credential")
    const steps = [...walk.steps]
    const { claims, readings } = walk
    if (credential !== null && claims !== null) {
      const token = readInput(credential, "the credential").toString("utf8").trim()
      const held = foreseeUnder({ claims, readings }, token, Date.now())
      for (const { reason, detail } of held) steps.push({ step: "credential", reason, found: detail })
      if (held.length === 0) steps.push({ step: "credential", reason: null, found: "grants it" })
    }
    const failed = steps.filter(({ reason }) => reason !== null)
    output.result({ ...walk, steps, passes: failed.length === 0 }, () => {
      output.say(`${walk.format === "cose" ? "COSE_Sign1" : "compact JWS"}, ${walk.bytes} bytes`)
      for (const step of steps) output.say(lineOf(step))
      for (const { reason } of failed) {
        const remedy = remedyOf(reason!)
        if (remedy !== null) output.say(`what to do: ${remedy}`)
      }
    })
    return failed.length === 0 ? EXIT.ok : EXIT.failed
  },
}

const lineOf = ({ step, found, reason }: Step): string =>
  `  ${step.padEnd(10)} ${reason === null ? "passes" : `fails, ${reason}`}: ${found}`

/** @throws UsageError */
const fromHex = (text: string): Buffer => {
  const digits = text.replace(/\s+/g, "")
  if (!/^(?:[0-9A-Fa-f]{2})+$/.test(digits))
    throw new UsageError("with --hex the file holds pairs of hexadecimal digits and nothing else")
  return Buffer.from(digits, "hex")
}
