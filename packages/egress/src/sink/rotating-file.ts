/**
 * A file that is put aside when it is large enough: PATH is always the one that is written, PATH.<milliseconds> those before.
 * All are kept where no number is named.
 */
import { readdir, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import type { Encoded } from "../encode/encoder.ts"
import { LineFile, THEIRS } from "./lines.ts"
import { RecentLines } from "./recent-lines.ts"
import type { Sink } from "./sink.ts"

export interface Rotation {
  /** A file is put aside before it would become larger. */
  readonly bytes: number
  /** Of those that were put aside so many stay, the youngest; null: all. */
  readonly keep: number | null
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const sizeOf = (path: string): Promise<number> => stat(path).then(({ size }) => size)

export const rotatingFileSink = (path: string, { bytes: most, keep, now = Date.now }: Rotation): Sink => {
  const file = new LineFile(path, THEIRS)
  const recent = new RecentLines()
  /** Since the last time it was put aside. */
  let turn: Promise<unknown> = Promise.resolve()

  const stampOf = (name: string): number => Number(name.slice(basename(path).length + 1))
  /** Oldest first. */
  const aside = async (): Promise<ReadonlyArray<string>> => {
    const names = await readdir(dirname(path))
    return names
      .filter((name) => name.startsWith(`${basename(path)}.`) && /^\d+$/.test(name.slice(basename(path).length + 1)))
      .toSorted((a, b) => stampOf(a) - stampOf(b))
  }
  /** Nothing is open where putting it aside failed half way (a full disk, a name that is taken): the next call goes on from there. */
  const reopen = async (): Promise<void> => {
    if (!file.isOpen) await file.open()
  }
  const flush = (): Promise<void> => recent.flushed(() => file.flush())
  const rotate = async (): Promise<void> => {
    await flush()
    await file.close()
    const newest = (await aside()).at(-1)
    // Above all others, also in the same millisecond and where the clock was set back: what is youngest must not be taken for old.
    const stamp = newest === undefined ? now() : Math.max(now(), stampOf(newest) + 1)
    await rename(path, `${path}.${stamp}`)
    await file.open()
    if (keep === null) return
    const all = await aside()
    for (const name of all.slice(0, Math.max(0, all.length - keep))) await rm(join(dirname(path), name))
  }
  const write = async (items: ReadonlyArray<Encoded>): Promise<void> => {
    if (items.length === 0) return
    const lines = Buffer.concat(items.map(({ bytes }) => bytes))
    await reopen()
    const size = await sizeOf(path)
    if (size > 0 && size + lines.length > most) await rotate()
    await file.append(lines)
    recent.wrote(items)
  }
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }
  return {
    name: path,
    open: () =>
      alone(async () => {
        await file.open()
        const before = (await aside()).toReversed().map((name) => join(dirname(path), name))
        await recent.open([path, ...before])
      }),
    write: (items, mayRepeat = false) =>
      alone(async () => {
        await write(mayRepeat ? recent.without(items) : items)
        return []
      }),
    flush: () =>
      alone(async () => {
        await reopen()
        await flush()
      }),
    close: () => alone(() => file.close()),
  }
}
