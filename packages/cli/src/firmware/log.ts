/** `assay firmware log`: what a maker appends to its log, and the proof put beside the release. */
import type { References } from "@assay/attestation"
import { checkPlain, firmwareEntry, isRekorEntry, REFERENCE_VALUES, rekorEntryIn } from "@assay/knowledge"
import { NoteError, parseProof } from "@assay/transparency"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { readInput, writeOutput } from "../files.ts"
import type { Output } from "../output.ts"

const read = (path: string): References => {
  const { body, problems } = checkPlain(REFERENCE_VALUES, readInput(path, "the reference values"), {
    file: path,
    at: Date.now(),
  })
  if (body === null) throw new UsageError(`${REFERENCE_VALUES.title} are refused\n${problems.join("\n")}`)
  if (body.firmware === undefined) throw new UsageError(`${path} lists no firmware`)
  return body
}

const show = (references: References, output: Output): ExitCode => {
  const entries = references.firmware!.releases.map((release) => ({
    version: release.version,
    digest: release.digest,
    entry: firmwareEntry(references, release).toString("utf8"),
    proven: release.proof !== undefined,
  }))
  output.result({ entries }, () => {
    for (const { entry } of entries) output.say(entry)
  })
  return EXIT.ok
}

/** @throws UsageError where it is neither a tlog-proof nor an entry of a Rekor log */
const proofIn = (path: string): string => {
  const proof = readInput(path, "the proof").toString("utf8")
  try {
    if (isRekorEntry(proof.trimStart())) return rekorEntryIn(proof)
    parseProof(proof)
    return proof
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause
    throw new UsageError(`${path} is neither a tlog-proof nor an entry of a Rekor log: ${cause.message}`)
  }
}

/** Whether the proof holds says the activation, which knows the bundle's policy. */
const attach = (given: Arguments, references: References, output: Output): ExitCode => {
  const [path, version, out] = [given.required("proof"), given.required("version"), given.required("out")]
  const proof = proofIn(path)
  const { releases } = references.firmware!
  const digest = given.text("digest")
  const wanted = releases.filter((one) => one.version === version && (digest === null || one.digest === digest))
  if (wanted.length !== 1)
    throw new UsageError(`${wanted.length} releases are of version ${version}: name one by --version and --digest`)
  const next = {
    ...references,
    firmware: {
      ...references.firmware!,
      releases: releases.map((one) => (one === wanted[0] ? { ...one, proof } : one)),
    },
  }
  writeOutput(out, `${JSON.stringify(next, null, 2)}\n`)
  output.result({ out, version, digest: wanted[0]!.digest }, () =>
    output.say(`${out}: the proof stands beside ${version}`),
  )
  return EXIT.ok
}

/** @throws UsageError that names the file and what to change */
export const logFirmware = (given: Arguments, output: Output): ExitCode => {
  const references = read(given.required("references"))
  return given.text("proof") === null ? show(references, output) : attach(given, references, output)
}
