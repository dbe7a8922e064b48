/** The one way in which a policy comes into force: signed by a threshold of roots, then read. */
import { formatProblem, missingZones, parsePolicy, timezonesText, withTimezones } from "@assay/segmentation"
import type { RootSet, SegmentationPolicy } from "@assay/trust"
import { refuse, signedByRoots } from "../../authority/roots.ts"
import type { Opened, Refused } from "../../kind.ts"

/** The DSSE payload type of a policy: the YAML text in UTF-8. */
export const POLICY_PAYLOAD_TYPE = "application/vnd.assay.policy+yaml"

/** Reads the text of a policy, signed or not. `policy` is null exactly where `problems` holds an error, one line each. */
export const readPolicy = (
  bytes: Uint8Array,
  options: { readonly file?: string; readonly at?: number } = {},
): {
  readonly policy: SegmentationPolicy | null
  readonly problems: ReadonlyArray<string>
  readonly errors: ReadonlyArray<string>
} => {
  const text = decodeUtf8(bytes)
  if (text === null) {
    const problem = `${options.file ?? "policy.yaml"}: error: the policy is not UTF-8`
    return { policy: null, problems: [problem], errors: [problem] }
  }
  const { policy, problems } = parsePolicy(text, options)
  const errors = problems.filter(({ severity }) => severity === "error")
  return { policy, problems: problems.map(formatProblem), errors: errors.map(formatProblem) }
}

/** Reads the text as its author means it: with the instants of the time zones that it names, by the data of this Node. */
export const readPlainPolicy = (
  bytes: Uint8Array,
  options: { readonly file?: string; readonly at?: number } = {},
): ReturnType<typeof readPolicy> => {
  const read = readPolicy(bytes, options)
  if (read.policy === null) return read
  const policy = withTimezones(read.policy)
  if (!("unknown" in policy)) return { ...read, policy }
  const problem = `${options.file ?? "policy.yaml"}: error: there is no time zone ${policy.unknown}; write one of the tz database, such as Europe/Berlin`
  return { policy: null, problems: [...read.problems, problem], errors: [problem] }
}

/** What is signed: the text, and behind it the instants of the time zones that it names and does not bring itself. */
export const completePolicy = (bytes: Uint8Array): Uint8Array => {
  const { policy } = readPolicy(bytes)
  if (policy === null || missingZones(policy).length === 0) return bytes
  const complete = withTimezones(policy)
  const hasSome = policy.timezones !== undefined
  if ("unknown" in complete || hasSome)
    throw new TypeError(
      `timezones has no instants of ${missingZones(policy)[0]}: take the key out, and let it be written`,
    )
  const text = Buffer.from(bytes).toString("utf8")
  const signed = Buffer.from(`${text}${text.endsWith("\n") ? "" : "\n"}${timezonesText(complete)}`)
  const again = readPolicy(signed)
  if (again.policy === null)
    throw new TypeError(
      `timezones cannot be written behind this text: write its keys one below the other\n${again.errors[0]}`,
    )
  return signed
}

/** Opens a signed policy. Signatures come before parsing, so that nothing unsigned reaches the YAML reader. Never throws. */
export const openPolicy = (envelope: Uint8Array, roots: RootSet): Opened<SegmentationPolicy> | Refused => {
  const opened = signedByRoots(envelope, POLICY_PAYLOAD_TYPE, roots)
  if ("reasons" in opened) return opened
  const { policy, errors } = readPolicy(opened.payload)
  if (policy === null) return refuse("control.knowledge_malformed", errors.slice(0, 5).join("\n"))
  const [zone] = missingZones(policy)
  if (zone !== undefined)
    return refuse(
      "control.knowledge_malformed",
      `a window names ${zone}, and timezones has no instants of it: sign it with assay policy sign`,
    )
  return { version: policy.version, body: policy, subject: "" }
}

const decodeUtf8 = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
