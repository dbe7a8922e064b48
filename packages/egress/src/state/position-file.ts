/**
 * Positions in a file, for whoever reads beside the process that writes the log and so cannot commit there. It is replaced as a
 * whole, and names the log that the positions belong to.
 *
 *   {"v":1,"epoch":1,"genesis":1790000000000,"next":{"telemetry.verified.v1/0":412}}
 */
import { constants } from "node:fs"
import { open, readFile, rename } from "node:fs/promises"
import { dirname } from "node:path"
import type { Checkpoint } from "@assay/consumer"
import { DataDirError, type Log, type StreamPartition } from "@assay/log"

type Identity = Pick<Log, "epoch" | "genesis">

const nameOf = ({ stream, partition }: StreamPartition): string => `${stream}/${partition}`

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** @throws DataDirError that says what is wrong with the file */
const parse = (path: string, text: string, { epoch, genesis }: Identity): Map<string, number> => {
  const wrong = (what: string): DataDirError =>
    new DataDirError(`${path} ${what}: name another directory with --state, or begin again with --from-start`)
  let file: Record<string, unknown> | null
  try {
    file = JSON.parse(text) as typeof file
  } catch {
    throw wrong("is not JSON")
  }
  const next = Object.entries((file?.["next"] ?? {}) as Record<string, unknown>)
  if (file?.["v"] !== 1 || !next.every(([, offset]) => isOffset(offset)))
    throw wrong("holds no positions of this version")
  if (file["epoch"] !== epoch || file["genesis"] !== genesis) throw wrong("belongs to another log")
  return new Map(next as Array<[string, number]>)
}

/** A link that somebody put in its place is not written through. */
const REPLACE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW

const replace = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.new`
  const file = await open(temporary, REPLACE, 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const directory = await open(dirname(path), "r")
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

const readOptional = (path: string): Promise<string | null> =>
  readFile(path, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NOFOLLOW }).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return null
      throw cause
    },
  )

/**
 * One process at a time may have the file.
 * @param isFresh passes by what the file says, and writes it anew with the first `save`
 * @throws DataDirError where the file is of another log, or none
 */
export const filePositions = async (path: string, log: Identity, isFresh = false): Promise<Checkpoint> => {
  const text = isFresh ? null : await readOptional(path)
  const next = text === null ? new Map<string, number>() : parse(path, text, log)
  let writing: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null

  /** All that was saved before its turn came goes into one write. */
  const write = (): Promise<void> => {
    waiting ??= writing.then(() => {
      waiting = null
      const { epoch, genesis } = log
      const body = { v: 1, epoch, genesis, next: Object.fromEntries([...next].sort(([a], [b]) => (a < b ? -1 : 1))) }
      const written = replace(path, `${JSON.stringify(body)}\n`)
      writing = written.catch(() => undefined)
      return written
    })
    return waiting
  }
  return {
    load: async (at) => next.get(nameOf(at)) ?? null,
    save: (at, _from, to) => {
      next.set(nameOf(at), to)
      return write()
    },
  }
}

/** Kept as long as the process lives: for an output that cannot be gone on with. */
export const memoryPositions = (): Checkpoint => {
  const next = new Map<string, number>()
  return {
    load: async (at) => next.get(nameOf(at)) ?? null,
    save: async (at, _from, to) => {
      next.set(nameOf(at), to)
    },
  }
}
