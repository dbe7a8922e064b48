/** `assay passport`: cuts and signs the policy slices that devices carry, and shows a device's passport. */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { resolveDeviceKey } from "@assay/did"
import { dsseSignWith } from "@assay/jose"
import { BUNDLE, checkPlain, PASSPORT_POLICY, POLICY } from "@assay/knowledge"
import { readRoots } from "@assay/node/roots"
import { type CutOptions, cutSlice, DEFAULT_LIMITS } from "@assay/passport-issuer"
import type { SegmentationPolicy, TrustBundle } from "@assay/trust"
import { choose } from "../choice.ts"
import { ask, NODE_OPTIONS, refusalOf } from "../client.ts"
import { type Arguments, type Command, EXIT, type ExitCode, UsageError } from "../command.ts"
import { writeOutput } from "../files.ts"
import { keyReferences, withKeys } from "../keys.ts"
import { readKnowledgeFile } from "../knowledge-file.ts"
import type { Output } from "../output.ts"
import { ROOTS_OPTION } from "../roots.ts"

const DAY_MS = 86_400_000

/** @throws UsageError where one is none */
const signersIn = (text: string): ReadonlyArray<string> => {
  const signers = text.split(",")
  for (const did of signers) {
    const key = resolveDeviceKey(did)
    if ("reason" in key) throw new UsageError(`--signers: ${did}: ${key.detail}`)
  }
  return signers
}

/** A slice of each zone, or of those that are named, signed by the roots: one file a zone. */
const slice = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const roots = () => readRoots(given.required("roots"), null)
  const policy = readKnowledgeFile(POLICY, given.required("policy"), roots).active.body as SegmentationPolicy
  const { trustDomain } = readKnowledgeFile(BUNDLE, given.required("bundle"), roots).active.body as TrustBundle
  const named = given.text("zone")?.split(",") ?? policy.zones.map(({ id }) => id)
  const unknown = named.find((zone) => !policy.zones.some(({ id }) => id === zone))
  if (unknown !== undefined)
    throw new UsageError(
      `--zone: the policy has no zone ${unknown}, only ${policy.zones.map(({ id }) => id).join(", ")}`,
    )
  const now = Date.now()
  const hours = given.whole("passport-hours", 1, 24 * 366)
  const options: Omit<CutOptions, "zone"> = {
    version:
      given.text("slice-version") === null
        ? Math.floor(now / 1_000)
        : given.whole("slice-version", 1, Number.MAX_SAFE_INTEGER),
    trustDomain,
    signers: signersIn(given.required("signers")),
    limits: { ...DEFAULT_LIMITS, passport: hours * 3_600 },
    issued: now,
    expires: now + given.whole("days", 1, 366) * DAY_MS,
  }
  const out = given.required("out")
  mkdirSync(out, { recursive: true })
  const files = await withKeys(keyReferences(given.required("keys")), async (keys) => {
    const made: Array<{ readonly zone: string; readonly file: string; readonly conduits: number }> = []
    for (const zone of named) {
      const cut = cutSlice(policy, { ...options, zone })
      const bytes = Buffer.from(`${JSON.stringify(cut, null, 2)}\n`)
      // What a node would refuse gets no signature.
      const { body, problems } = checkPlain(PASSPORT_POLICY, bytes, { file: zone, at: now })
      if (body === null) throw new UsageError(problems.join("\n"))
      const file = join(out, `${zone}.dsse`)
      writeOutput(file, await dsseSignWith(PASSPORT_POLICY.plain.payloadType, bytes, keys))
      made.push({ zone, file, conduits: cut.conduits.length })
    }
    return made
  })
  output.result({ version: options.version, policy: policy.version, slices: files }, () => {
    for (const { zone, file, conduits } of files)
      output.say(`${file}: zone ${zone}, ${conduits} conduits, version ${options.version}`)
    output.say(`activate each: assay passport-policy activate FILE --roots ${given.required("roots")}`)
  })
  return EXIT.ok
}

interface Shown {
  readonly serial: string
  readonly zone: string
  readonly issued: string
  readonly expires: string
}

const show = async (given: Arguments, output: Output): Promise<ExitCode> => {
  const did = given.positionals[1]
  if (did === undefined || !did.startsWith("did:")) throw new UsageError("name the device: assay passport show DID")
  const answer = await ask<Shown>(given, `/v1/passports/${did}`)
  if (!answer.ok) throw refusalOf(answer)
  const { serial, zone, issued, expires } = answer.body
  output.result(answer.body, () =>
    output.say(`${did}\n  serial ${serial}, zone ${zone}, issued ${issued}, expires ${expires}`),
  )
  return EXIT.ok
}

export const passport: Command = {
  name: "passport",
  summary: "cut and sign the policy slices that devices carry, or show a device's passport",
  usage:
    "passport slice --policy FILE --bundle FILE --signers DID[,DID] --keys FILE,FILE --out DIR [--zone ZONE,...] | show DID",
  details: `slice cuts a slice of each zone out of the segmentation policy, signed or not, and has the roots sign it: OUT/ZONE.dsse, for
assay passport-policy activate and for devices. A slice is never wider than the policy. Cut anew after each change of the policy, and
before the slices end. --signers are the DIDs whose passports devices believe; two while one takes the place of another.`,
  takes: 2,
  options: {
    ...ROOTS_OPTION,
    policy: { type: "string", value: "FILE", help: "the segmentation policy" },
    bundle: { type: "string", value: "FILE", help: "the trust bundle, for the trust domain" },
    zone: { type: "string", value: "ZONE,...", help: "only these zones; all where left out" },
    signers: { type: "string", value: "DID[,DID]", help: "the passport signers" },
    keys: { type: "string", value: "FILE[,FILE]", help: "the roots' keys" },
    days: { type: "string", value: "N", default: "90", help: "how long a slice counts; never longer than the policy" },
    "passport-hours": { type: "string", value: "N", default: "24", help: "the longest life of a passport" },
    "slice-version": { type: "string", value: "N", help: "the version; the time in seconds where left out" },
    out: { type: "string", value: "DIR", help: "where the signed slices go" },
    ...NODE_OPTIONS,
  },
  run: async (given, output) =>
    choose("assay passport", given.positionals[0], ["slice", "show"]) === "slice"
      ? slice(given, output)
      : show(given, output),
}
