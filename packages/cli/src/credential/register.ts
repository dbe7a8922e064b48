/**
 * An issuer's register: which credential has which place on its status lists, and what became of it. A directory, which only the
 * issuer reads:
 *
 *   register.json     where the lists are published, their format and size, when they were last signed
 *   credentials.jsonl a line for each credential and for each change of its status, oldest first; only ever appended to
 *   credentials/      the credentials themselves, by the head of their hash
 *   public/           the signed lists: what a web server serves
 *   lock              while a call works on it
 */
import { randomInt } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { dirname, join } from "node:path"
import { LIST_FORMATS, type ListFormat } from "@assay/credentials"
import type { StatusPurpose } from "@assay/trust"
import { UsageError } from "../command.ts"
import { fileProblem, readInput } from "../files.ts"

export type Status = "valid" | "revoked" | "suspended"

/** One list of the register. */
export interface RegisterList {
  /** The URL that credentials name. */
  readonly id: string
  readonly purpose: StatusPurpose
  /** Below `public/`. */
  readonly file: string
}

export interface RegisterTerms {
  readonly format: ListFormat
  readonly lists: ReadonlyArray<RegisterList>
  /** Places of each list. */
  readonly entries: number
  /** How long a list may be kept, and how long it counts, milliseconds. */
  readonly ttlMs: number
  readonly lastsMs: number
  /** When the lists were last signed, milliseconds since 1970; 0: never. */
  readonly issued: number
}

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

const LOG = "credentials.jsonl"

const fail = (dir: string, what: string): UsageError => new UsageError(`${dir}: ${what}`)

/** The lists that a format needs, as children of one URL. */
export const listsAt = (url: string, format: ListFormat): ReadonlyArray<RegisterList> => {
  const names: ReadonlyArray<readonly [string, StatusPurpose]> =
    format === "vc+jwt"
      ? [
          ["revocation", "revocation"],
          ["suspension", "suspension"],
        ]
      : [["list", "token"]]
  return names.map(([file, purpose]) => ({ id: `${url.replace(/\/$/, "")}/${file}`, purpose, file }))
}

/** Makes an empty one. @throws UsageError where there is one, or it cannot be written */
export const createRegister = (dir: string, terms: Omit<RegisterTerms, "issued">): void => {
  if (existsSync(join(dir, "register.json"))) throw fail(dir, "there is a register already; nothing was changed")
  try {
    mkdirSync(join(dir, "public"), { recursive: true, mode: 0o755 })
    mkdirSync(join(dir, "credentials"), { recursive: true, mode: 0o700 })
    writeFileSync(join(dir, LOG), "", { flag: "wx", mode: 0o600 })
    writeTerms(dir, { ...terms, issued: 0 })
  } catch (cause) {
    throw fail(dir, fileProblem(cause))
  }
}

/** Whole or not at all, for who reads it at the same time. */
export const writeWhole = (path: string, content: string | Uint8Array): void => {
  const beside = `${path}.new`
  const fd = openSync(beside, "w")
  try {
    writeFileSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(beside, path)
}

const writeTerms = (dir: string, terms: RegisterTerms): void =>
  writeWhole(join(dir, "register.json"), `${JSON.stringify(terms, null, 2)}\n`)

const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least

const readTerms = (dir: string): RegisterTerms => {
  const path = join(dir, "register.json")
  if (!existsSync(path)) throw fail(dir, "there is no register; assay credential init DIR --at URL makes one")
  let terms: RegisterTerms
  try {
    terms = JSON.parse(readInput(path, "the register").toString("utf8")) as RegisterTerms
  } catch (cause) {
    throw fail(path, `it is no register (${(cause as Error).message})`)
  }
  const { format, lists, entries, ttlMs, lastsMs, issued } = terms
  const isOne =
    LIST_FORMATS.includes(format) &&
    Array.isArray(lists) &&
    lists.every(({ id, file }) => typeof id === "string" && /^[a-z]{1,32}$/.test(file)) &&
    isCount(entries, 1) &&
    isCount(ttlMs, 1) &&
    isCount(lastsMs, 1) &&
    isCount(issued, 0)
  if (!isOne) throw fail(path, "it is no register: restore it from a backup")
  return terms
}

const isLine = (line: Line): boolean =>
  line !== null &&
  typeof line === "object" &&
  typeof line.hash === "string" &&
  (line.kind === "status" || (line.kind === "issued" && isCount(line.index, 0) && typeof line.device === "string"))

/** The lines, and of how many bytes: a line that was cut off by a crash is none. @throws UsageError */
const readLines = (path: string): { readonly lines: ReadonlyArray<Line>; readonly bytes: number } => {
  const content = readFileSync(path)
  const bytes = content.lastIndexOf(0x0a) + 1
  const texts = content.toString("utf8", 0, bytes).split("\n").slice(0, -1)
  const lines = texts.map((text, n) => {
    try {
      const line = JSON.parse(text) as Line
      if (isLine(line)) return line
    } catch {
      // Said below.
    }
    throw fail(path, `line ${n + 1} is none of a register: restore it from a backup`)
  })
  return { lines, bytes }
}

export class Register {
  readonly dir: string
  #terms: RegisterTerms
  readonly #byHash = new Map<string, Registered>()
  readonly #byDevice = new Map<string, Array<string>>()
  readonly #taken = new Set<number>()
  readonly #fd: number

  /** Reads it. @throws UsageError that says what is wrong with it */
  constructor(dir: string) {
    this.dir = dir
    this.#terms = readTerms(dir)
    const path = join(dir, LOG)
    const { lines, bytes } = readLines(path)
    if (bytes < statSync(path).size) truncateSync(path, bytes)
    for (const line of lines) this.#take(line)
    this.#fd = openSync(path, "a")
  }

  /** What was added is on the disk: nobody hears of it before. */
  flush(): void {
    fsyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
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
      throw fail(this.dir, `all ${entries} places of its lists are taken: make a register with another --at`)
    let place = randomInt(entries)
    for (let tries = 0; tries < 64 && this.#taken.has(place); tries++) place = randomInt(entries)
    while (this.#taken.has(place)) place = (place + 1) % entries
    return place
  }

  /** Keeps an issued credential. It is on the disk after `flush`. */
  add(credential: Omit<Registered, "status">, token: string, time: number): void {
    const path = this.pathOf(credential.hash)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, `${token}\n`, { mode: 0o600 })
    this.#append({ kind: "issued", time, ...credential })
  }

  /** Changes the status of one; on the disk after `flush`. @returns whether it had another */
  change(hash: string, status: Status, reason: string | null, time: number): boolean {
    if (this.#byHash.get(hash)!.status === status) return false
    this.#append({ kind: "status", time, hash, status, reason })
    return true
  }

  /** The file of a credential. */
  pathOf(hash: string): string {
    return join(this.dir, "credentials", hash.slice(0, 2), `${hash}.jwt`)
  }

  /** The lists were signed as of this time. */
  signedAt(issued: number): void {
    this.#terms = { ...this.#terms, issued }
    writeTerms(this.dir, this.#terms)
  }

  #append(line: Line): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`)
    this.#take(line)
  }

  #take(line: Line): void {
    const known = this.#byHash.get(line.hash)
    if (line.kind === "status") {
      if (known !== undefined) this.#byHash.set(line.hash, { ...known, status: line.status })
      return
    }
    const { hash, device, index, validFrom, validUntil } = line
    this.#byHash.set(hash, { hash, device, index, validFrom, validUntil, status: "valid" })
    this.#byDevice.set(device, [...(this.#byDevice.get(device) ?? []), hash])
    this.#taken.add(index)
  }
}

/** Works on a register alone. @throws UsageError where another call does; what the work throws */
export const withRegister = async <Result>(
  dir: string,
  work: (register: Register) => Promise<Result>,
): Promise<Result> => {
  readTerms(dir)
  const lock = join(dir, "lock")
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: "wx" })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw fail(lock, fileProblem(cause))
    throw fail(dir, `another call works on it; if none does, remove ${lock}`)
  }
  let register: Register | null = null
  try {
    register = new Register(dir)
    return await work(register)
  } finally {
    register?.close()
    rmSync(lock, { force: true })
  }
}
