/** `assay credential`: what a manufacturer does: a device credential as `vc+jwt`. */

import { type Capabilities, issueCredential, type MeasurementGrant } from "@assay/credentials"
import { ACTIONS, ASSURANCES } from "@assay/trust"
import { choose } from "../choice.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { writeOutput } from "../files.ts"
import { readKey } from "../keys.ts"

const DAY_MS = 86_400_000

/** `pattern[=min..max]`, comma-separated. @throws UsageError */
const measurementsOf = (text: string): ReadonlyArray<MeasurementGrant> =>
  text.split(",").map((part) => {
    const [name, range] = part.split("=")
    const [min, max] = (range ?? "")
      .split("..")
      .map((bound) => (bound === "" || bound === undefined ? null : Number(bound)))
    if (!name || Number.isNaN(min) || Number.isNaN(max))
      throw new UsageError(`--measurements: ${part} must be NAME or NAME=min..max`)
    return { name, unit: null, min: min ?? null, max: max ?? null }
  })

/** `act=seconds`, comma-separated. @throws UsageError */
const agesOf = (text: string | null): Pick<Capabilities, "maxAges"> => {
  if (text === null) return {}
  const ages = text.split(",").map((part) => {
    const [act = "", seconds = ""] = part.split("=")
    if (!/^[1-9]\d{0,8}$/.test(seconds)) throw new UsageError(`--max-ages: ${part} must be ACT=SECONDS`)
    return [choose("--max-ages", act, ACTIONS), Number(seconds)] as const
  })
  return { maxAges: Object.fromEntries(ages) }
}

export const credential: Command = {
  name: "credential",
  summary: "issue a device credential, as its manufacturer",
  usage:
    "credential --issuer FILE --device DID --vendor NAME --class NAME --measurements LIST --audiences LIST --out FILE",
  details: "The device then shows it once: assay sign --present FILE.",
  takes: 0,
  options: {
    issuer: { type: "string", value: "FILE", help: "the issuer's key file" },
    device: { type: "string", value: "DID", help: "the device it is for" },
    vendor: { type: "string", value: "NAME", help: "the vendor" },
    class: { type: "string", value: "NAME", help: "the device class" },
    measurements: {
      type: "string",
      value: "LIST",
      help: "NAME or NAME=min..max, comma-separated; a trailing * matches any rest",
    },
    actions: { type: "string", value: "LIST", default: "telemetry", help: `of ${ACTIONS.join(", ")}` },
    audiences: { type: "string", value: "LIST", help: "audience URIs; a trailing /* matches all below" },
    rate: { type: "string", value: "N", default: "600", help: "messages per minute" },
    "max-ages": {
      type: "string",
      value: "LIST",
      help: "how old its messages may be instead of the profile's ages of its class: ACT=SECONDS, comma-separated",
    },
    days: { type: "string", value: "N", default: "365", help: "how long it is valid" },
    assurance: { type: "string", value: "LEVEL", default: "software", help: ASSURANCES.join(", ") },
    hardware: { type: "string", value: "ID", help: "the hardwareId it is bound to" },
    out: { type: "string", value: "FILE", help: "where the credential goes" },
  },
  run: async (given, output) => {
    const now = Date.now()
    const subject = given.required("device")
    if (!subject.startsWith("did:")) throw new UsageError(`--device takes the device's DID, not ${subject}`)
    const token = issueCredential(
      {
        subject,
        vendor: given.required("vendor"),
        class: given.required("class"),
        assurance: choose("--assurance", given.required("assurance"), ASSURANCES),
        hardwareId: given.text("hardware"),
        capabilities: {
          measurements: measurementsOf(given.required("measurements")),
          actions: given
            .required("actions")
            .split(",")
            .map((act) => choose("--actions", act, ACTIONS)),
          audiences: given.required("audiences").split(","),
          ratePerMinute: given.whole("rate", 1, 1_000_000),
          ...agesOf(given.text("max-ages")),
        },
        validFrom: now - 60_000,
        validUntil: now + given.whole("days", 1, 36_500) * DAY_MS,
        status: [],
      },
      readKey(given.required("issuer")),
    )
    const out = given.required("out")
    writeOutput(out, `${token}\n`)
    output.result({ device: given.required("device"), out, credential: token }, () => output.say(out))
    return EXIT.ok
  },
}
