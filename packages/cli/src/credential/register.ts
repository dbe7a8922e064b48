/**
 * An issuer's register: which credential has which place on its status lists, and what became of it. A directory, which only the
 * issuer reads:
 *
 *   register.json     where the lists are published, their format and size, when they were last signed
 *   credentials.jsonl a line for each credential and for each change of its status, oldest first; only ever appended to
 *   credentials/      the credentials themselves, by the head of their hash
 *   public/           the signed lists: what a web server serves
 *   assay.lock        held while a call works on it; the operating system drops it with the process
 *
 * What was added is on the disk with `flush`, and not before: first the credentials, then the lines that name them.
 */
import { randomInt } from "node:crypto"
import { join } from "node:path"
import { TEMPORARY, writeAllDurable, writeDurable } from "@assay/transparency/storage"
import { readInput } from "../files.ts"
import { AppendedLines } from "./appended-lines.ts"
import {
  isCount,
  LOG,
  type RegisterList,
  type RegisterTerms,
  readTerms,
  registerFault,
  writeTerms,
} from "./register-terms.ts"

export type Status = "valid" | "revoked" | "suspended"

/** A credential that the register has. Times in milliseconds since 1970. */
export interface Registered {
  readonly hash: string
  readonly device: string
  readonly index: number
  readonly validFrom: number
  readonly validUntil: number
  readonly status: Status
}

interface IssuedLine extends Omit<Registered, "status"> {
  readonly kind: "issued"
  readonly time: number
}

interface StatusLine {
  readonly kind: "status"
  readonly time: number
  readonly hash: string
  readonly status: Status
  readonly reason: string | null
}

type Line = IssuedLine | StatusLine

/** What a web server of another user reads. */
const PUBLIC = 0o644

const isLine = (value: unknown): value is Line => {
  const line = value as Line | null
  return (
    line !== null &&
    typeof line === "object" &&
    typeof line.hash === "string" &&
    (line.kind === "status" || (line.kind === "issued" && isCount(line.index, 0) && typeof line.device === "string"))
  )
}

export class Register {
  readonly dir: string
  #terms: RegisterTerms
  readonly #byHash = new Map<string, Registered>()
  readonly #byDevice = new Map<string, Array<string>>()
  readonly #taken = new Set<number>()
  readonly #log: AppendedLines<Line>
  /** Added, and not on the disk yet; credentials by their hash. */
  #lines: Array<Line> = []
  readonly #tokens = new Map<string, string>()

  /** Reads it. @throws UsageError that says what is wrong with it */
  constructor(dir: string) {
    this.dir = dir
    this.#terms = readTerms(dir)
    this.#log = new AppendedLines(join(dir, LOG), isLine)
    this.#readOn()
  }

  /** Reads what other calls have done since. @returns false where another register lies there now @throws UsageError */
  catchUp(): boolean {
    if (this.#log.isReplaced) return false
    this.#terms = readTerms(this.dir)
    this.#readOn()
    return true
  }

  /** Whether all that was added is on the disk. */
  get isFlushed(): boolean {
    return this.#lines.length === 0
  }

  /** What was added is on the disk: nobody hears of it before. First the credentials, for a line names one that is there. */
  async flush(): Promise<void> {
    if (this.isFlushed) return
    const files = [...this.#tokens].map(([hash, token]) => ({ path: fileOf(hash), bytes: Buffer.from(`${token}\n`) }))
    await writeAllDurable(this.dir, files)
    this.#log.append(this.#lines)
    this.#tokens.clear()
    this.#lines = []
  }

  close(): void {
    this.#log.close()
  }

  get terms(): RegisterTerms {
    return this.#terms
  }

  get all(): Iterable<Registered> {
    return this.#byHash.values()
  }

  get size(): number {
    return this.#byHash.size
  }

  get(hash: string): Registered | undefined {
    return this.#byHash.get(hash)
  }

  /** All that were issued to a device, oldest first. */
  of(device: string): ReadonlyArray<Registered> {
    return (this.#byDevice.get(device) ?? []).map((hash) => this.#byHash.get(hash)!)
  }

  /**
   * A place that no credential ever had. Drawn, so that neighbours on a list say nothing of each other.
   * @throws UsageError where the lists are full
   */
  freePlace(): number {
    const { entries } = this.#terms
    // Drawing again costs little for as long as a tenth is free; beyond, the next free one from there is taken.
    if (this.#taken.size >= entries)
      throw registerFault(this.dir, `all ${entries} places of its lists are taken: make a register with another --at`)
    let place = randomInt(entries)
    for (let tries = 0; tries < 64 && this.#taken.has(place); tries++) place = randomInt(entries)
    while (this.#taken.has(place)) place = (place + 1) % entries
    return place
  }

  /** Keeps an issued credential. It is on the disk after `flush`. */
  add(credential: Omit<Registered, "status">, token: string, time: number): void {
    this.#tokens.set(credential.hash, token)
    this.#add({ kind: "issued", time, ...credential })
  }

  /** Changes the status of one; on the disk after `flush`. @returns whether it had another */
  change(hash: string, status: Status, reason: string | null, time: number): boolean {
    if (this.#byHash.get(hash)!.status === status) return false
    this.#add({ kind: "status", time, hash, status, reason })
    return true
  }

  /** The credential itself. @throws UsageError where its file is gone */
  tokenOf(hash: string): string {
    return this.#tokens.get(hash) ?? readInput(this.pathOf(hash), "the credential").toString("utf8").trim()
  }

  /** The file of a credential. */
  pathOf(hash: string): string {
    return join(this.dir, fileOf(hash))
  }

  /** The lists were signed as of this time; on the disk. */
  async signedAt(issued: number): Promise<void> {
    this.#terms = { ...this.#terms, issued }
    await writeTerms(this.dir, this.#terms)
  }

  /** Puts a signed list where a web server serves it. */
  async publish({ file }: RegisterList, bytes: Uint8Array): Promise<void> {
    await writeDurable(this.publicPath(file), bytes, TEMPORARY, PUBLIC)
  }

  publicPath(file: string): string {
    return join(this.dir, "public", file)
  }

  #add(line: Line): void {
    this.#lines.push(line)
    this.#take(line)
  }

  #readOn(): void {
    for (const line of this.#log.read()) this.#take(line)
  }

  #take(line: Line): void {
    const known = this.#byHash.get(line.hash)
    if (line.kind === "status") {
      if (known !== undefined) this.#byHash.set(line.hash, { ...known, status: line.status })
      return
    }
    const { hash, device, index, validFrom, validUntil } = line
    this.#byHash.set(hash, { hash, device, index, validFrom, validUntil, status: "valid" })
    const before = this.#byDevice.get(device)
    if (before === undefined) this.#byDevice.set(device, [hash])
    else before.push(hash)
    this.#taken.add(index)
  }
}

/** Within the register. */
const fileOf = (hash: string): string => join("credentials", hash.slice(0, 2), `${hash}.jwt`)
