/** What a register is for: where its lists are published, their format and size. `register.json`. */
import { existsSync, mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { LIST_FORMATS, type ListFormat } from "@assay/credentials"
import { writeDurable } from "@assay/transparency/storage"
import type { StatusPurpose } from "@assay/trust"
import { UsageError } from "../command.ts"
import { fileProblem, readInput } from "../files.ts"

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

/** The file of its lines. */
export const LOG = "credentials.jsonl"

export const registerFault = (dir: string, what: string): UsageError => new UsageError(`${dir}: ${what}`)

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
export const createRegister = async (dir: string, terms: Omit<RegisterTerms, "issued">): Promise<void> => {
  const lines = statSync(join(dir, LOG), { throwIfNoEntry: false })?.size ?? 0
  if (existsSync(join(dir, "register.json")) || lines > 0)
    throw registerFault(dir, "there is a register already; nothing was changed")
  try {
    mkdirSync(join(dir, "public"), { recursive: true, mode: 0o755 })
    await writeDurable(join(dir, LOG), Buffer.alloc(0))
    await writeTerms(dir, { ...terms, issued: 0 })
  } catch (cause) {
    throw registerFault(dir, fileProblem(cause))
  }
}

export const writeTerms = (dir: string, terms: RegisterTerms): Promise<void> =>
  writeDurable(join(dir, "register.json"), Buffer.from(`${JSON.stringify(terms, null, 2)}\n`))

export const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least

/** @throws UsageError */
export const readTerms = (dir: string): RegisterTerms => {
  const path = join(dir, "register.json")
  if (!existsSync(path)) throw registerFault(dir, "there is no register; assay credential init DIR --at URL makes one")
  let terms: RegisterTerms
  try {
    terms = JSON.parse(readInput(path, "the register").toString("utf8")) as RegisterTerms
  } catch (cause) {
    throw registerFault(path, `it is no register (${(cause as Error).message})`)
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
  if (!isOne) throw registerFault(path, "it is no register: restore it from a backup")
  return terms
}
