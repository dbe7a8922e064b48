/** The file with a user's contexts: one, read by every call, and its owner's alone. */
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { COMMAND, type Environment, textOf } from "@assay/settings"
import { UsageError } from "../command.ts"
import { fileProblem } from "../files.ts"
import { type Context, FIELDS } from "./fields.ts"

export interface Contexts {
  /** The name of the one in use; null where none is. */
  readonly current: string | null
  readonly contexts: Readonly<Record<string, Context>>
}

const NONE: Contexts = { current: null, contexts: {} }
const VERSION = 1
const FOR_OTHERS = 0o077
const MAX_BYTES = 1 << 20
export const MAX_CONTEXTS = 256
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** @throws UsageError */
export const checkName = (name: string): string => {
  if (NAME.test(name)) return name
  throw new UsageError(
    `a context's name has 1 to 64 letters, digits, ".", "_" or "-", and begins with one of the first two: not ${JSON.stringify(name)}`,
  )
}

/** `ASSAY_CONFIG_DIR`, else `assay` in the directory that the XDG Base Directory Specification (0.8) names. */
export const contextsFile = (environment: Environment): string => {
  const base = environment["XDG_CONFIG_HOME"]
  const configured = base?.startsWith("/") ? base : join(homedir(), ".config")
  return join(textOf(COMMAND.configDir, environment) ?? join(configured, "assay"), "contexts.json")
}

const isText = (value: unknown): value is string => typeof value === "string"
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isContext = (value: unknown): value is Context =>
  isObject(value) && Object.entries(value).every(([field, text]) => Object.hasOwn(FIELDS, field) && isText(text))

const parsed = (text: string, path: string): Contexts => {
  const broken = (): UsageError =>
    new UsageError(`${path} holds no contexts of this version: remove it, and add them again with assay context add`)
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    throw broken()
  }
  if (!isObject(file) || file["version"] !== VERSION || !isObject(file["contexts"])) throw broken()
  const { current, contexts } = file
  const entries = Object.entries(contexts)
  if (entries.length > MAX_CONTEXTS || !entries.every(([name, one]) => NAME.test(name) && isContext(one)))
    throw broken()
  if (current !== null && !(isText(current) && Object.hasOwn(contexts, current))) throw broken()
  return { current, contexts: contexts as Contexts["contexts"] }
}

/**
 * What no file is there for is no context. Whoever else may write it could send a token to a node of his own.
 * @throws UsageError that names the file
 */
export const readContexts = (path: string): Contexts => {
  let fd: number
  try {
    fd = openSync(path, "r")
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return NONE
    throw new UsageError(`${path} (the contexts) cannot be read: ${fileProblem(cause)}`)
  }
  try {
    const { mode, uid, size } = fstatSync(fd)
    if ((mode & FOR_OTHERS) !== 0) throw new UsageError(`${path} can be used by other users: chmod 600 ${path}`)
    const us = process.getuid?.()
    if (us !== undefined && uid !== us)
      throw new UsageError(`${path} is another user's: name a directory of your own by ${COMMAND.configDir.key}`)
    if (size > MAX_BYTES) throw new UsageError(`${path} has more than ${MAX_BYTES} bytes: it holds no contexts`)
    return parsed(readFileSync(fd, "utf8"), path)
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError(`${path} (the contexts) cannot be read: ${fileProblem(cause)}`)
  } finally {
    closeSync(fd)
  }
}

/**
 * Replaces the file as a whole, or leaves it as it is. The new file beside it keeps a second call out meanwhile.
 * @throws UsageError that names the file, or what `change` throws
 */
export const changeContexts = (path: string, change: (now: Contexts) => Contexts): Contexts => {
  const next = `${path}.new`
  let fd: number
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    fd = openSync(next, "wx", 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST")
      throw new UsageError(`another call is changing the contexts, or ended midway: then remove ${next}`)
    throw new UsageError(`${next} cannot be written: ${fileProblem(cause)}`)
  }
  try {
    const contexts = change(readContexts(path))
    writeFileSync(fd, `${JSON.stringify({ version: VERSION, ...contexts }, undefined, 2)}\n`)
    renameSync(next, path)
    return contexts
  } catch (cause) {
    unlinkSync(next)
    if (cause instanceof UsageError) throw cause
    throw new UsageError(`${path} cannot be written: ${fileProblem(cause)}`)
  } finally {
    closeSync(fd)
  }
}
