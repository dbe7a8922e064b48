/** Alters one stored leaf in a copy of the transparency log, to show that nobody can do it in silence. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const ENTRIES = "tile/entries"

/** Every entry bundle of the copy, as paths. */
const bundlesIn = (dir: string): ReadonlyArray<string> =>
  readdirSync(join(dir, ENTRIES), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/**
 * Copies the log directory and flips one bit in the middle leaf of its first bundle.
 * @returns the index of that leaf, counted by its place in the bundle (uint16 BE length before each, C2SP tlog-tiles)
 */
export const tamperWithCopy = (from: string, to: string): number => {
  cpSync(from, to, { recursive: true })
  const path = bundlesIn(to)[0]
  if (path === undefined) throw new Error(`${from} holds no entries to tamper with`)
  const bytes = readFileSync(path)
  const places: Array<number> = []
  for (let at = 0; at + 2 <= bytes.length; at += 2 + bytes.readUInt16BE(at)) places.push(at)
  const victim = places.length >> 1
  const start = places[victim]! + 2
  const middle = start + (bytes.readUInt16BE(places[victim]!) >> 1)
  bytes[middle] = bytes[middle]! ^ 1
  writeFileSync(path, bytes)
  return victim
}
