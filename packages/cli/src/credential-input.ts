/** What a credential says, from the options of a call. */
import type { Capabilities, CredentialInput, MeasurementGrant } from "@assay/credentials"
import { ACTIONS, ASSURANCES, DECLARED_KINDS, type DeclaredKind } from "@assay/trust"
import { choose } from "./choice.ts"
import { type Arguments, type Option, UsageError } from "./command.ts"

const DAY_MS = 86_400_000

const isKind = (word: string): word is DeclaredKind => (DECLARED_KINDS as ReadonlyArray<string>).includes(word)

/** `:kind` and `:seconds` behind a measurement. @throws UsageError */
const declaredOf = (part: string, words: ReadonlyArray<string>): Pick<MeasurementGrant, "kind" | "period"> => {
  const kind = words.find(isKind)
  const period = words.find((word) => /^[1-9]\d{0,6}$/.test(word))
  const other = words.find((word) => word !== kind && word !== period)
  if (other !== undefined)
    throw new UsageError(
      `--measurements: ${part}: ${other} is neither of ${DECLARED_KINDS.join(", ")} nor a period in seconds, each once`,
    )
  return { ...(kind === undefined ? {} : { kind }), ...(period === undefined ? {} : { period: Number(period) }) }
}

/** `pattern[=[min..max][:kind][:seconds]]`, comma-separated. Names have colons too: what declares follows the `=`. @throws UsageError */
const measurementsOf = (text: string): ReadonlyArray<MeasurementGrant> =>
  text.split(",").map((part) => {
    const [name, rest] = part.split("=")
    const [range, ...words] = (rest ?? "").split(":")
    const [min, max] = (range ?? "")
      .split("..")
      .map((bound) => (bound === "" || bound === undefined ? null : Number(bound)))
    if (!name || Number.isNaN(min) || Number.isNaN(max))
      throw new UsageError(`--measurements: ${part} must be NAME, NAME=min..max or NAME=min..max:KIND:SECONDS`)
    return { name, unit: null, min: min ?? null, max: max ?? null, ...declaredOf(part, words) }
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

/** What a credential grants, and for how long. */
export const CREDENTIAL_OPTIONS: Readonly<Record<string, Option>> = {
  measurements: {
    type: "string",
    value: "LIST",
    help: "NAME or NAME=min..max, comma-separated; a trailing * matches any rest. NAME=:counter:900 declares kind and period",
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
}

/** @throws UsageError */
export const credentialInput = (
  given: Arguments,
  device: Pick<CredentialInput, "subject" | "vendor" | "class">,
): CredentialInput => {
  const now = Date.now()
  return {
    ...device,
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
  }
}
