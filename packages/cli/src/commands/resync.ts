/** `assay resync DID`: lets a device begin its sequence anew, as two operators sign it. */
import { hash, randomBytes } from "node:crypto"
import { escapeControls } from "@assay/trust/kit"
import { type Command, EXIT, UsageError } from "../command.ts"
import { sendCommand, signCommand, signedBefore } from "../operator-command.ts"
import { OPERATOR_OPTIONS } from "../operator-options.ts"
import { tellOutcome } from "../outcome.ts"

export const resync: Command = {
  name: "resync",
  summary: "let a device that lost its place begin anew, as two operators sign it",
  usage: "resync DID --keys FILE,FILE --aud URI",
  details: `For a device that lost its counter, its boot epoch or its state (a reflash, a new board with the key in hardware, a
restored image). Prints a one-time value: give it to the device ON SITE. Its first message names the value as prv, within seven
days; it must stand above every position that was ever accepted, or bear a later iat than all that was. The command holds only
the value's hash. With that message the sequence and the chain begin anew and a quarantine becomes probation; the firmware mark
falls at once; the assurance stays claimed: this shows no more than a copy of the key could. Whoever signs second does not get
the value. A device whose key may be copied needs a new key instead.
Sign on one machine with --sign-only, and hand its line to the second operator as --tokens FILE.`,
  takes: 1,
  options: OPERATOR_OPTIONS,
  run: async (given, output) => {
    const device = given.positionals[0]
    if (device === undefined) throw new UsageError("name the device: assay resync DID --keys FILE,FILE --aud URI")
    const before = signedBefore(given)
    const bytes = before === null ? randomBytes(32) : null
    const value = bytes === null ? null : bytes.toString("base64url")
    const more = bytes === null ? {} : { value: hash("sha256", bytes, "base64url") }
    const { text, tokens } = await signCommand(given, "resync", device, before, null, more)
    const tellValue = (): void => {
      if (value === null) return
      output.say(`one-time value, for the device on site: ${value}`)
      output.say("  its first message names it as prv; keep it to yourself until then")
    }
    if (given.flag("sign-only")) {
      output.result({ text, tokens, value }, () => {
        output.say(tokens.join("\n"))
        tellValue()
      })
      return EXIT.ok
    }
    const judged = await sendCommand(given, tokens)
    const what = `resync of ${device}, signed by ${tokens.length}: ${escapeControls(text.reason)}`
    const code = tellOutcome(judged, what, { ...text, value: judged.accepted === false ? null : value }, output)
    if (judged.accepted !== false) tellValue()
    return code
  },
}
