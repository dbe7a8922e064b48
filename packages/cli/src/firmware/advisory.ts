/** `assay firmware advisory`: what OSV, OpenVEX and CSAF documents say becomes an advisory about listed firmware, to be signed. */
import { createHash } from "node:crypto"
import type { References } from "@assay/attestation"
import {
  type AdvisoryDocument,
  FirmwareError,
  matchAdvisory,
  readCsaf,
  readOpenVex,
  readOsv,
  readSbom,
} from "@assay/firmware"
import { ADVISORY, checkPlain, REFERENCE_VALUES } from "@assay/knowledge"
import type { Advisory } from "@assay/trust"
import { chosen } from "../choice.ts"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import type { Output } from "../output.ts"
import { sinceOf } from "../since.ts"

const YEAR_MS = 365 * 86_400_000
const FORMATS = ["osv", "openvex", "csaf"] as const

interface ReadDocument {
  readonly document: AdvisoryDocument
  readonly digest: string
}

/** With the name of the file in what is wrong with it. */
const named = <Found>(path: string, read: () => Found): Found => {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof FirmwareError) throw new UsageError(`${path}: ${cause.reason}: ${cause.message}`)
    throw cause
  }
}

const pathsOf = (given: Arguments, option: string): ReadonlyArray<string> => given.text(option)?.split(",") ?? []

const documentsOf = (given: Arguments): ReadonlyArray<ReadDocument> => {
  const wanted = given.text("id")
  const found = FORMATS.flatMap((format) =>
    pathsOf(given, format).map((path): ReadDocument => {
      const bytes = readInput(path, `the ${format} document`)
      const document = named(path, () =>
        format === "osv" ? readOsv(bytes) : format === "openvex" ? readOpenVex(bytes, wanted) : readCsaf(bytes, wanted),
      )
      return { document, digest: createHash("sha256").update(bytes).digest("hex") }
    }),
  )
  if (found.length === 0) throw new UsageError("name an advisory: --osv FILE, --openvex FILE or --csaf FILE")
  return found
}

const referencesOf = (given: Arguments, path: string, now: number): References => {
  const { body, problems } = checkPlain(REFERENCE_VALUES, readInput(path, "the reference values"), {
    file: path,
    at: now,
  })
  if (body === null) throw new UsageError(`${REFERENCE_VALUES.title} are refused\n${problems.join("\n")}`)
  if (body.firmware === undefined) throw new UsageError(`${path} lists no firmware`)
  if (given.text("vendor") !== null && given.text("vendor") !== body.vendor)
    throw new UsageError(`${path} is of vendor ${body.vendor}`)
  return body
}

const versionAbove = (given: Arguments): number => {
  const path = given.text("replaces")
  if (path === null) return 1
  const { body, problems } = ADVISORY.plain.read(readInput(path, "the advisory before"), { file: path })
  if (body === null) throw new UsageError(problems.join("\n"))
  return body.version + 1
}

/** @throws UsageError that names the file and what to change */
export const makeAdvisory = (given: Arguments, output: Output): ExitCode => {
  const now = Date.now()
  const documents = documentsOf(given)
  const status = chosen(given, "status", ["vulnerable", "revoked"])
  const sboms = pathsOf(given, "sbom").map((path) => ({
    path,
    sbom: named(path, () => readSbom(readInput(path, "the SBOM"))),
  }))
  const all = given
    .required("references")
    .split(",")
    .map((path) => ({ path, references: referencesOf(given, path, now) }))
  const vendors = new Set(all.map(({ references }) => references.vendor))
  if (vendors.size > 1)
    throw new UsageError(`an advisory is about one vendor, and the reference values are of ${[...vendors].join(", ")}`)
  const matched = all.flatMap(({ path, references }) =>
    named(path, () =>
      matchAdvisory(
        documents.map(({ document }) => document),
        references,
        sboms.map(({ sbom }) => sbom),
      ),
    ).map((one) => ({ ...one, class: references.class })),
  )
  const [{ document: first }] = documents as [ReadDocument]
  const since =
    given.text("since") === null ? Math.min(first.published ?? now, now) : sinceOf(given.required("since"), now)
  const advisory: Advisory = {
    version: versionAbove(given),
    issued: now,
    expires: now + YEAR_MS,
    id: (given.text("id") ?? first.vulnerability).replaceAll("/", "_"),
    vendor: [...vendors][0]!,
    title: first.title.slice(0, 256),
    sources: documents.map(({ document: { format, id }, digest }) => ({ format, id: id.slice(0, 512), digest })),
    since,
    affected: matched.map(({ release: { digest }, class: cls }) => ({ class: cls, digest, status })),
  }
  const out = given.required("out")
  const bytes = Buffer.from(`${JSON.stringify(advisory, null, 2)}\n`)
  const { body, problems } = checkPlain(ADVISORY, bytes, { file: out, at: now })
  if (body === null) throw new UsageError(`what would be written is refused\n${problems.join("\n")}`)
  writeOutput(out, bytes)
  const found = matched.map(({ release: { version }, class: cls, because }) => ({ class: cls, version, because }))
  output.result({ out, id: advisory.id, version: advisory.version, status, affected: found }, () => {
    for (const one of found) output.say(`${one.class} ${one.version}: ${status}, by ${one.because.join(", ")}`)
    if (found.length === 0)
      output.say("no listed firmware is affected: once activated, it takes an earlier version back")
    output.say(`${out}: version ${advisory.version} of ${advisory.id}, not signed yet (assay advisory sign)`)
  })
  return EXIT.ok
}
