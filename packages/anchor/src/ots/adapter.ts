/**
 * Anchors by OpenTimestamps: the SHA-256 of a head's checkpoint goes to public calendars, which put the root over all that they get
 * into one transaction of Bitcoin. It costs nothing and takes hours. No calendar is believed: what counts is the way from the digest
 * to the Merkle root of a block.
 *
 * For each head two files, `<size>.checkpoint` and `<size>.checkpoint.ots`, which other clients of OpenTimestamps read too. Written
 * before a digest is handed in a second time: handing it in again does no harm, and costs nobody anything.
 */
import { hash, randomBytes } from "node:crypto"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { makeDirectory, readOptional, writeDurable } from "@assay/transparency/storage"
import type { Anchor, AnchorHead, AnchorStatus } from "../anchor.ts"
import type { EvidenceSource } from "../proof/anchored.ts"
import { CalendarError, submit, upgrade } from "./calendar.ts"
import type { OtsEvidence } from "./evidence.ts"
import { append, apply, SHA256 } from "./operations.ts"
import { attestationsOf, extended, formatFile, merged, parseFile, type Timestamp } from "./timestamp.ts"

export interface OtsOptions {
  /** URLs. One that answers is enough; each further one is a way of its own. */
  readonly calendars: ReadonlyArray<string>
  readonly directory: string
  /** Between two heads. */
  readonly intervalMs: number
  /** Between two questions for what is pending. */
  readonly askMs: number
  readonly now?: () => number
}

/** Heads that are asked for at once: with one an hour, two days of calendars that bring nothing. */
const MAX_PENDING = 48
/** So that a calendar does not learn what it stamps. */
const NONCE_BYTES = 16

const FILE = /^(0|[1-9][0-9]{0,15})\.checkpoint\.ots$/

const checkpointPath = (directory: string, size: number): string => join(directory, `${size}.checkpoint`)
const otsPath = (directory: string, size: number): string => `${checkpointPath(directory, size)}.ots`

/** The heads that were handed in, smallest first. */
export const stampedIn = (directory: string): ReadonlyArray<number> =>
  !existsSync(directory)
    ? []
    : readdirSync(directory)
        .flatMap((name) => FILE.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b)

/** @returns null where it was not handed in. @throws AnchorError `evidence` where the file is none */
const readStamp = async (directory: string, size: number): Promise<Timestamp | null> => {
  const bytes = await readOptional(otsPath(directory, size))
  return bytes === null ? null : parseFile(bytes)
}

const isComplete = (timestamp: Timestamp): boolean =>
  attestationsOf(timestamp).some(({ attestation }) => attestation.kind === "bitcoin")

/** The evidence that is kept; only a head that an attestation of Bitcoin stands for has any. @param directory of the adapter */
export const otsEvidence = (directory: string): EvidenceSource => ({
  sizes: () => stampedIn(directory),
  read: async (size): Promise<OtsEvidence | null> => {
    const bytes = await readOptional(otsPath(directory, size))
    const note = await readOptional(checkpointPath(directory, size))
    if (bytes === null || note === null || !isComplete(parseFile(bytes))) return null
    return {
      kind: "opentimestamps",
      note: Buffer.from(note).toString("utf8"),
      ots: Buffer.from(bytes).toString("base64"),
    }
  },
})

export class OtsAnchor implements Anchor {
  readonly name = "opentimestamps"
  readonly #options: Required<OtsOptions>
  /** Heads without an attestation of Bitcoin. */
  readonly #pending: Map<number, Timestamp>
  #confirmed: { readonly size: number; readonly at: number | null }
  #begunAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #newest: number

  private constructor(
    options: Required<OtsOptions>,
    pending: Map<number, Timestamp>,
    confirmed: number,
    newest: number,
  ) {
    this.#options = options
    this.#pending = pending
    this.#confirmed = { size: confirmed, at: null }
    this.#newest = newest
  }

  /** @throws AnchorError `evidence` where a file of the directory is none */
  static async open(given: OtsOptions): Promise<OtsAnchor> {
    const options = { now: Date.now, ...given }
    await makeDirectory(options.directory)
    const pending = new Map<number, Timestamp>()
    let confirmed = 0
    const sizes = stampedIn(options.directory)
    // The newest ones: what older ones attest, these do too.
    for (const size of sizes.toReversed()) {
      const stamp = await readStamp(options.directory, size)
      if (stamp === null) continue
      if (isComplete(stamp)) {
        confirmed = size
        break
      }
      if (pending.size < MAX_PENDING) pending.set(size, stamp)
    }
    return new OtsAnchor(options, pending, confirmed, sizes.at(-1) ?? 0)
  }

  async advance(head: AnchorHead | null): Promise<AnchorStatus> {
    const { now, intervalMs, askMs } = this.#options
    const problems: Array<string> = []
    if (this.#pending.size > 0 && now() - this.#askedAt >= askMs) {
      this.#askedAt = now()
      for (const [size, stamp] of this.#pending) problems.push(...(await this.#ask(size, stamp)))
    }
    if (head !== null && head.size > this.#newest && now() - this.#begunAt >= intervalMs)
      problems.push(...(await this.#begin(head)))
    const [oldest] = this.#pending.keys()
    const { size, at } = this.#confirmed
    return {
      confirmed: size,
      confirmedAt: at,
      pending:
        oldest === undefined
          ? null
          : {
              size: this.#newest,
              since: statSync(checkpointPath(this.#options.directory, oldest)).mtimeMs,
              text: `waits for Bitcoin at ${this.#options.calendars.length} calendars, ${this.#pending.size} heads`,
            },
      problem: problems.length === 0 ? null : { text: problems.join("; "), refused: false },
      transactions: null,
    }
  }

  /** Hands the head to all calendars; one that takes it is enough. @returns what went wrong */
  async #begin({ size, note }: AnchorHead): Promise<ReadonlyArray<string>> {
    const { calendars, directory, now } = this.#options
    const digest = hash("sha256", note, "buffer")
    const hiding = append(randomBytes(NONCE_BYTES))
    const hidden = apply(hiding, digest)
    const asked = apply(SHA256, hidden)
    const answers = await Promise.allSettled(calendars.map((calendar) => submit(calendar, asked)))
    const problems = [...problemsIn(answers)]
    const taken = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []))
    if (taken.length === 0) return problems
    // Only who is configured is asked later: a pool that hands on to another calendar must be named by that one.
    const others = taken
      .flatMap(attestationsOf)
      .flatMap(({ attestation }) =>
        attestation.kind === "pending" && !this.#isConfigured(attestation.uri) ? [attestation.uri] : [],
      )
    problems.push(...others.map((uri) => `a calendar answers as ${uri}: name it so among the calendars`))
    const below = {
      message: hidden,
      attestations: [],
      branches: [{ operation: SHA256, timestamp: taken.reduce(merged) }],
    }
    const stamp = { message: digest, attestations: [], branches: [{ operation: hiding, timestamp: below }] }
    await writeDurable(checkpointPath(directory, size), Buffer.from(note))
    await this.#keep(size, stamp)
    this.#begunAt = now()
    this.#newest = size
    return problems
  }

  #isConfigured(uri: string): boolean {
    return this.#options.calendars.some((calendar) => withoutSlash(calendar) === withoutSlash(uri))
  }

  async #keep(size: number, stamp: Timestamp): Promise<void> {
    const { directory, now } = this.#options
    await writeDurable(otsPath(directory, size), formatFile(stamp))
    if (!isComplete(stamp)) {
      this.#pending.set(size, stamp)
      const [oldest] = this.#pending.keys()
      if (this.#pending.size > MAX_PENDING) this.#pending.delete(oldest!)
      return
    }
    this.#pending.delete(size)
    if (size > this.#confirmed.size) this.#confirmed = { size, at: now() }
  }

  async #ask(size: number, stamp: Timestamp): Promise<ReadonlyArray<string>> {
    // Only calendars that are configured: a file, or an answer, could name any URL.
    const pending = attestationsOf(stamp).flatMap(({ attestation, message }) =>
      attestation.kind === "pending" && this.#isConfigured(attestation.uri) ? [{ uri: attestation.uri, message }] : [],
    )
    const answers = await Promise.allSettled(pending.map(({ uri, message }) => upgrade(uri, message)))
    const more = new Map<string, Timestamp>()
    for (const answer of answers)
      if (answer.status === "fulfilled" && answer.value !== null) {
        const name = Buffer.from(answer.value.message).toString("hex")
        const there = more.get(name)
        more.set(name, there === undefined ? answer.value : merged(there, answer.value))
      }
    if (more.size > 0) await this.#keep(size, extended(stamp, more))
    return problemsIn(answers)
  }
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "")

/** @throws what is no calendar's failure */
const problemsIn = (answers: ReadonlyArray<PromiseSettledResult<unknown>>): ReadonlyArray<string> =>
  answers.flatMap((answer) => {
    if (answer.status === "fulfilled") return []
    if (answer.reason instanceof CalendarError) return [answer.reason.message]
    throw answer.reason
  })
