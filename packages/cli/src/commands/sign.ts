/** `assay sign`: what a device does. Counts and chains in a small file beside the key. */

import { existsSync, renameSync, writeFileSync } from "node:fs"
import { signClaimsWith } from "@assay/jose"
import { type CoseClaims, coseMessageWith, isCose, openMessage } from "@assay/message"
import { ACTIONS, type Action, isDelegateName } from "@assay/trust"
import { chosen } from "../choice.ts"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { textOf } from "../explain/reason.ts"
import { readInput } from "../files.ts"
import { type OpenKey, speaksAs, withKey } from "../keys.ts"
import { type Foreseen, foreseeUnder, readToken } from "../sign/check-token.ts"

interface Position {
  epo: number
  seq: number
  prv: string | null
}

const readJson = (path: string): unknown => {
  const text = readInput(path, "JSON").toString("utf8")
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${path} is not JSON: ${(cause as Error).message}`)
  }
}

/** @throws UsageError where the file is not one that we wrote: a guessed counter would prove equivocation */
const readPosition = (path: string): Position => {
  if (!existsSync(path)) return { epo: 0, seq: 0, prv: null }
  const { epo, seq, prv } = (readJson(path) ?? {}) as Partial<Position>
  if (Number.isSafeInteger(epo) && Number.isSafeInteger(seq) && (prv === null || typeof prv === "string")) {
    return { epo: epo as number, seq: seq as number, prv }
  }
  throw new UsageError(
    `${path} does not hold a device's counter and chain: name the right file with --state, or remove it and start with --reboot`,
  )
}

/** The content member of the act: a SenML pack for telemetry, any JSON for the rest. */
const contentOf = (given: Arguments, act: Action): object => {
  const file = given.text("content")
  if (file !== null) return act === "telemetry" ? { senml: readJson(file) } : { body: readJson(file) }
  const name = given.text("name")
  if (act !== "telemetry" || name === null)
    throw new UsageError("give the content: --content FILE, or for telemetry --name NAME --value NUMBER")
  const value = Number(given.required("value"))
  if (!Number.isFinite(value)) throw new UsageError(`--value takes a number, not ${given.text("value")}`)
  const unit = given.text("unit")
  return { senml: [{ n: name, v: value, ...(unit === null ? {} : { u: unit }) }] }
}

const describe = ({ reason, detail }: Foreseen): string => `${reason}: ${textOf(reason)} (${detail})`

/**
 * What no deployment would read is not handed out: a counter that is spent on it would be missing in the chain.
 * @returns what a deployment would hold against it under the credential, where one is named
 * @throws UsageError
 */
const checked = (token: Buffer, credential: string | null): ReadonlyArray<Foreseen> => {
  const read = readToken(token)
  if ("reason" in read)
    throw new UsageError(
      `nothing is signed, and the counter stands where it stood: it would be rejected for ${describe(read)}`,
    )
  return credential === null ? [] : foreseeUnder(read, credential, Date.now())
}

const credentialIn = (file: string): string => readInput(file, "the credential").toString("utf8").trim()

const FORMATS = ["jws", "cose"] as const

const signed = async (given: Arguments, claims: CoseClaims, key: OpenKey, typ: string): Promise<Buffer> =>
  chosen(given, "format", FORMATS) === "cose"
    ? coseMessageWith(claims, key, key.kid)
    : signClaimsWith(claims, key, { kid: key.kid, typ })

/** Of what was signed, base64url. */
const digestOf = (token: Buffer): string => {
  const opened = openMessage(token)
  if ("reason" in opened) throw new Error(`we signed what we cannot read: ${opened.detail}`)
  return opened.digest.toString("base64url")
}

const signPresentation = async (given: Arguments, key: OpenKey, credential: string): Promise<Signed> => {
  const claims = { iss: key.did, aud: given.required("aud"), iat: Math.floor(Date.now() / 1000), vc: [credential] }
  const token = await signed(given, claims, key, "m2m-presentation+jwt")
  return { token, warnings: checked(token, credential) }
}

interface Signed {
  readonly token: Buffer
  readonly warnings: ReadonlyArray<Foreseen>
}

const signMessage = async (given: Arguments, key: OpenKey): Promise<Signed> => {
  const act = chosen(given, "act", ACTIONS)
  const name = given.text("for")
  if (name !== null && !isDelegateName(name))
    throw new UsageError(
      `--for takes the name of a device as a delegation names it (1 to 128 letters, digits and . _ : -), not ${name}`,
    )
  // Each device that a gateway speaks for has a sequence of its own.
  const path = given.text("state") ?? `${given.required("key")}${name === null ? "" : `.${name}`}.state`
  const position = readPosition(path)
  if (given.flag("reboot")) {
    position.epo += 1
    position.seq = 0
  }
  // The one-time value of assay resync stands where the message before would be named.
  position.prv = given.text("resync") ?? position.prv
  const firmware = given.text("firmware")
  const claims = {
    iss: key.did,
    ...(name === null ? {} : { sub: name }),
    aud: given.required("aud"),
    iat: Math.floor(Date.now() / 1000),
    act,
    ...position,
    ...contentOf(given, act),
    ...(firmware === null ? {} : { fw: readJson(firmware) }),
  }
  const token = await signed(given, claims, key, "m2m-message+jwt")
  const credential = given.text("credential")
  const warnings = checked(token, credential === null ? null : credentialIn(credential))
  // Counted before it is handed out: a counter used twice would prove equivocation against its own device.
  const next: Position = { epo: position.epo, seq: position.seq + 1, prv: digestOf(token) }
  writeFileSync(`${path}.new`, `${JSON.stringify(next)}\n`, { flush: true })
  renameSync(`${path}.new`, path)
  return { token, warnings }
}

export const sign: Command = {
  name: "sign",
  summary: "sign a message, or a showing of a credential, as a device does",
  usage: "sign --key FILE --aud URI (--name NAME --value NUMBER | --content FILE | --present FILE)",
  details: `Prints one compact JWS, or with --format cose one COSE_Sign1 as bytes (with --json as base64url), ready for assay submit. The counter and the chain go on from FILE.state. What no deployment
would read is not signed (exit code 2). With --credential it warns on standard error where that credential does not grant the
act, the audience, the measurement with its unit, or the value.`,
  takes: 0,
  options: {
    key: { type: "string", value: "FILE", help: "the device's key file" },
    aud: { type: "string", value: "URI", help: "whom the message is for" },
    act: { type: "string", value: "ACT", default: "telemetry", help: ACTIONS.join(", ") },
    name: { type: "string", value: "NAME", help: "the name of one reading" },
    value: { type: "string", value: "NUMBER", help: "its value" },
    unit: { type: "string", value: "UNIT", help: "its unit, from the SenML registry" },
    content: { type: "string", value: "FILE", help: "a SenML pack (telemetry) or a JSON body; - for standard input" },
    firmware: { type: "string", value: "FILE", help: "JSON with vendor, class, digest, version, svn" },
    credential: { type: "string", value: "FILE", help: "warn of what this credential of the device does not grant" },
    for: { type: "string", value: "NAME", help: "the device that cannot sign, for which this gateway does" },
    as: { type: "string", value: "DID#KEY", help: "the DID in whose document the key stands (did:webvh, did:web)" },
    present: { type: "string", value: "FILE", help: "sign a presentation of this credential instead" },
    state: { type: "string", value: "FILE", help: "where counter and chain are kept (default FILE.state of the key)" },
    format: {
      type: "string",
      value: "FORMAT",
      default: "jws",
      help: "jws (a line of text) or cose (bytes, less than half as many)",
    },
    reboot: { type: "boolean", help: "start the next boot epoch with this message" },
    resync: { type: "string", value: "VALUE", help: "name the one-time value of assay resync as the message before" },
  },
  run: async (given, output) => {
    const present = given.text("present")
    if (chosen(given, "format", FORMATS) === "cose" && process.stdout.isTTY && !output.json)
      throw new UsageError(
        "a COSE message is bytes, and no text for a terminal: send them to a file (> message.cose), or add --json",
      )
    return withKey(given.required("key"), async (own) => {
      const as = given.text("as")
      const key = as === null ? own : speaksAs(own, as)
      const { token, warnings } = await (present === null
        ? signMessage(given, key)
        : signPresentation(given, key, credentialIn(present)))
      for (const one of warnings) process.stderr.write(`warning: it will not pass: ${describe(one)}\n`)
      const isBinary = isCose(token)
      output.result({ device: key.did, token: token.toString(isBinary ? "base64url" : "latin1"), warnings }, () =>
        isBinary ? void process.stdout.write(token) : output.say(token.toString("latin1")),
      )
      return EXIT.ok
    })
  },
}
