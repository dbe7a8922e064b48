/** `assay firmware import`: what a maker published, verified, becomes the next version of reference values, which are then signed. */

import type { References } from "@assay/attestation"
import {
  FirmwareError,
  type Imported,
  importCorim,
  importDigests,
  importSuit,
  importTuf,
  readRepository,
  type TufState,
  withImported,
} from "@assay/firmware"
import { checkPlain, KINDS } from "@assay/knowledge"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import type { Output } from "../output.ts"
import { makersKeys } from "./keys.ts"
import { readTufState, tufFiles, writeTufState } from "./tuf-directory.ts"

const DAY_MS = 86_400_000
const SOURCES = ["digests", "suit", "corim", "tuf"] as const
const KIND = KINDS["reference-values"]!

/** The file to add to, or a first version. */
const before = (given: Arguments, now: number): References => {
  const path = given.text("references")
  if (path !== null) {
    const { body, problems } = checkPlain(KIND, readInput(path, "the reference values"), { file: path, at: now })
    if (body === null) throw new UsageError(`${KIND.title} are refused\n${problems.join("\n")}`)
    const found = body as References
    for (const [option, value] of [
      ["vendor", found.vendor],
      ["class", found.class],
    ] as const)
      if (given.text(option) !== null && given.text(option) !== value)
        throw new UsageError(`${path} is of ${option} ${value}, and the call says ${given.text(option)}`)
    return found
  }
  return {
    version: 0,
    issued: now,
    expires: now + 90 * DAY_MS,
    vendor: given.required("vendor"),
    class: given.required("class"),
    formats: [],
    measurements: "none",
    pcrs: [],
    events: [],
    tpmFirmware: [],
    components: [],
  }
}

const uuidOf = (given: Arguments, option: string): string | null => {
  const text = given.text(option)?.replaceAll("-", "").toLowerCase() ?? null
  if (text === null || /^[0-9a-f]{32}$/.test(text)) return text
  throw new UsageError(`--${option} takes a UUID`)
}

interface Read {
  readonly imported: Imported
  /** Of a TUF repository: what is to be remembered once the file is written. */
  readonly state: TufState | null
}

const read = (
  given: Arguments,
  source: (typeof SOURCES)[number],
  { vendor, class: cls }: References,
  now: number,
): Read => {
  const path = given.required(source)
  if (source === "tuf") {
    const trusted = readTufState(given.required("state"), given.text("trusted-root"))
    const repository = readRepository(tufFiles(path), trusted, now)
    return { imported: importTuf(repository, { vendor, class: cls }), state: repository.state }
  }
  const file = readInput(path, `the ${source} file`)
  if (source === "digests") return { imported: importDigests(file), state: null }
  const keys = makersKeys(given.required("key"))
  const imported =
    source === "suit"
      ? importSuit(file, { keys, vendor: uuidOf(given, "vendor-id"), class: uuidOf(given, "class-id") })
      : importCorim(file, { keys, vendor: given.text("corim-vendor"), model: given.text("corim-model") })
  return { imported, state: null }
}

/** @throws UsageError that names the reason and what to change */
export const importFirmware = (given: Arguments, output: Output): ExitCode => {
  const sources = SOURCES.filter((one) => given.text(one) !== null)
  const [source] = sources
  if (source === undefined || sources.length > 1)
    throw new UsageError("name one source: --digests FILE, --suit FILE, --corim FILE or --tuf DIR")
  const now = Date.now()
  const references = before(given, now)
  const out = given.required("out")
  const svn = given.text("svn") === null ? null : given.whole("svn", 0, Number.MAX_SAFE_INTEGER)
  try {
    const { imported, state } = read(given, source, references, now)
    const lasts = references.expires - references.issued
    const next = {
      ...withImported(references, imported, { version: given.text("version"), svn }),
      issued: now,
      expires: now + lasts,
    }
    const bytes = Buffer.from(`${JSON.stringify(next, null, 2)}\n`)
    const { body, problems } = checkPlain(KIND, bytes, { file: out, at: now })
    if (body === null) throw new UsageError(`what would be written is refused\n${problems.join("\n")}`)
    writeOutput(out, bytes)
    // Only now: what was not written is read again.
    if (state !== null) writeTufState(given.required("state"), state)
    const { about, releases, measured } = imported
    output.result({ out, version: next.version, about, releases: releases.length, measured: measured.length }, () => {
      output.say(`${about}: ${releases.length} releases, ${measured.length} measured digests`)
      output.say(
        `${out}: version ${next.version} of ${next.vendor}/${next.class}, not signed yet (assay reference-values sign)`,
      )
    })
    return EXIT.ok
  } catch (cause) {
    if (cause instanceof FirmwareError) throw new UsageError(`${given.text(source)}: ${cause.reason}: ${cause.message}`)
    throw cause
  }
}
