/**
 * The sets whose heads the anchor log holds: the members of each, a line each, in the order of the leaves, in
 * `<dir>/<set>-<root in hex>.list` (before that in any order, in `.txt`, with the leaves in the order of their hashes). Proofs are made
 * of the newest anchored one, so a few are kept, and no more.
 */
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import type { Hash } from "@assay/transparency"
import { makeDirectory, readOptional, removeFile, writeDurable } from "@assay/transparency/storage"
import { AnchorError } from "../error.ts"
import { MemberSet, type SetName } from "./set.ts"

/** Of each set: the next one comes with the next interval, and is anchored minutes later. */
export const KEPT = 8
/** A million devices. */
const MAX_BYTES = 256 << 20

const nameOf = (set: SetName, root: Hash, form: "list" | "txt" = "list"): string =>
  `${set}-${Buffer.from(root).toString("hex")}.${form}`

const linesOf = (bytes: Uint8Array): ReadonlyArray<string> =>
  Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")

/**
 * Removes what is kept of these sets where it names somebody who is gone: a device was erased, and its name must not stay here.
 * @param isGone of a member: it is in none of the sets any more
 */
export const forgetGone = async (
  directory: string,
  sets: ReadonlyArray<SetName>,
  isGone: (member: string) => boolean,
): Promise<void> => {
  await makeDirectory(directory)
  for (const name of await readdir(directory)) {
    if (!sets.some((set) => name.startsWith(`${set}-`))) continue
    const bytes = await readOptional(join(directory, name), MAX_BYTES)
    if (bytes !== null && linesOf(bytes).some(isGone)) await removeFile(join(directory, name))
  }
}

/** Durable when it resolves. @param keep roots of the sets that the anchor log holds, newest last */
export const keepSet = async (
  directory: string,
  set: SetName,
  members: MemberSet,
  keep: ReadonlyArray<Hash>,
): Promise<void> => {
  await makeDirectory(directory)
  const { root } = members
  await writeDurable(join(directory, nameOf(set, root)), Buffer.from(`${members.members.join("\n")}\n`))
  const roots = [...keep.slice(1 - KEPT), root]
  const wanted = new Set(roots.flatMap((one) => [nameOf(set, one), nameOf(set, one, "txt")]))
  for (const name of await readdir(directory))
    if (name.startsWith(`${set}-`) && !wanted.has(name)) await removeFile(join(directory, name))
}

/** @returns null where it is not kept any more. @throws AnchorError `state` where the file does not make its root */
export const readSet = async (directory: string, set: SetName, root: Hash): Promise<MemberSet | null> => {
  for (const form of ["list", "txt"] as const) {
    const path = join(directory, nameOf(set, root, form))
    const bytes = await readOptional(path, MAX_BYTES)
    if (bytes === null) continue
    const members = form === "list" ? MemberSet.inOrder(linesOf(bytes)) : new MemberSet(linesOf(bytes))
    if (Buffer.compare(members.root, root) !== 0)
      throw new AnchorError("state", `${path} does not make the root that it is named by`)
    return members
  }
  return null
}
