/**
 * The sets whose heads the anchor log holds: the members of each, a line each, in `<dir>/<set>-<root in hex>.txt`. Proofs are made of
 * the newest anchored one, so a few are kept, and no more.
 */
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Hash } from "@assay/transparency"
import { makeDirectory, readOptional, removeFile, writeDurable } from "@assay/transparency/storage"
import { AnchorError } from "../error.ts"
import { MemberSet, type SetName } from "./set.ts"

/** Of each set: the next one comes with the next interval, and is anchored minutes later. */
const KEPT = 8
/** A million devices. */
const MAX_BYTES = 256 << 20

const nameOf = (set: SetName, root: Hash): string => `${set}-${Buffer.from(root).toString("hex")}.txt`

const linesOf = (bytes: Uint8Array): ReadonlyArray<string> =>
  Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")

/**
 * Removes what is kept of these sets where it names a member which is in none any more: a device was erased, and its name must not
 * stay here.
 */
export const forgetOthers = async (
  directory: string,
  sets: ReadonlyArray<SetName>,
  known: ReadonlySet<string>,
): Promise<void> => {
  await makeDirectory(directory)
  for (const name of await readdir(directory)) {
    if (!sets.some((set) => name.startsWith(`${set}-`))) continue
    const bytes = await readOptional(join(directory, name), MAX_BYTES)
    if (bytes !== null && linesOf(bytes).some((member) => !known.has(member))) await removeFile(join(directory, name))
  }
}

/** Durable when it resolves. @param keep roots of the sets that the anchor log holds, newest last */
export const keepSet = async (
  directory: string,
  set: SetName,
  {
    root,
    members,
    keep,
  }: { readonly root: Hash; readonly members: ReadonlyArray<string>; readonly keep: ReadonlyArray<Hash> },
): Promise<void> => {
  await makeDirectory(directory)
  await writeDurable(join(directory, nameOf(set, root)), Buffer.from(members.map((member) => `${member}\n`).join("")))
  const wanted = new Set([...keep.slice(1 - KEPT), root].map((one) => nameOf(set, one)))
  for (const name of await readdir(directory))
    if (name.startsWith(`${set}-`) && !wanted.has(name)) await removeFile(join(directory, name))
}

/** @returns null where it is not kept any more. @throws AnchorError `state` where the file does not make its root */
export const readSet = async (directory: string, set: SetName, root: Hash): Promise<MemberSet | null> => {
  const path = join(directory, nameOf(set, root))
  const bytes = await readOptional(path, MAX_BYTES)
  if (bytes === null) return null
  const members = new MemberSet(linesOf(bytes))
  if (Buffer.compare(members.root, root) !== 0)
    throw new AnchorError("state", `${path} does not make the root that it is named by`)
  return members
}
