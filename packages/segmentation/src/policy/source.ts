/**
 * YAML text as a plain tree in which every value knows its line. Refused here: anchors, aliases and merges (a reader
 * must see what holds where it stands, and expansion has no bound), tags, several documents, repeated keys, keys that
 * are not plain text, and nesting beyond the limit.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from "yaml"
import { LIMITS } from "./limits.ts"
import type { Place, Problems } from "./problem.ts"

export type Located =
  | { readonly kind: "scalar"; readonly at: Place; readonly value: string | number | boolean | null }
  | { readonly kind: "list"; readonly at: Place; readonly items: ReadonlyArray<Located> }
  | { readonly kind: "map"; readonly at: Place; readonly entries: ReadonlyMap<string, Member> }

export interface Member {
  /** Where the key stands, which is where an editor should jump to. */
  readonly at: Place
  readonly value: Located
}

const WHOLE: Place = { line: 0, column: 0, key: "" }

/** The tree, or null where nothing sensible can be read; what is wrong is in `problems`. Never throws. */
export const readSource = (text: string, problems: Problems): Located | null => {
  if (Buffer.byteLength(text) > LIMITS.bytes) {
    problems.error(WHOLE, `the file is larger than ${LIMITS.bytes} bytes`, "assign devices by vendor and class")
    return null
  }
  const lines = new LineCounter()
  const place = (offset: number, key: string): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, key }
  }
  const document = parse(text, lines)
  if (document === null) {
    problems.error(WHOLE, "the file is nested too deeply", `use at most ${LIMITS.depth} levels`)
    return null
  }
  for (const error of [...document.errors, ...document.warnings]) {
    problems.error(place(error.pos[0], ""), `not strict YAML 1.2: ${error.message}`, "correct the syntax")
  }
  if (problems.failed) return null
  if (document.contents === null) {
    problems.error(WHOLE, "the file is empty", "write a policy, see docs/guides/segmentation-policy.md")
    return null
  }
  const tree = locate(document.contents, "", 0, problems, place)
  return problems.failed ? null : tree
}

const parse = (text: string, lines: LineCounter) => {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      version: "1.2",
      schema: "core",
      merge: false,
      // The library compares each key with every other one: `locate` finds repeated keys in linear time.
      uniqueKeys: false,
      prettyErrors: false,
    })
  } catch (error) {
    // The parser recurses, so that absurd nesting ends in a RangeError, or, where the stack ends while V8 makes one of its regular
    // expressions, in a SyntaxError; everything else it reports by itself.
    if (error instanceof RangeError || error instanceof SyntaxError) return null
    throw error
  }
}

type PlaceOf = (offset: number, key: string) => Place

const locate = (
  node: ParsedNode | Node,
  key: string,
  depth: number,
  problems: Problems,
  place: PlaceOf,
): Located | null => {
  const at = place(node.range?.[0] ?? 0, key)
  if (depth > LIMITS.depth) return refuse(problems, at, "nested too deeply", `use at most ${LIMITS.depth} levels`)
  if (isAlias(node))
    return refuse(problems, at, `alias *${node.source} is refused`, "write the value out where it holds")
  if ("anchor" in node && node.anchor !== undefined)
    return refuse(problems, at, `anchor &${String(node.anchor)} is refused`, "remove it and write values out")
  if (node.tag !== undefined) return refuse(problems, at, `tag ${node.tag} is refused`, "remove it")
  if (isSeq(node)) {
    const items: Located[] = []
    for (const [i, item] of node.items.entries()) {
      const located = locate(item as Node, `${key}[${i}]`, depth + 1, problems, place)
      if (located !== null) items.push(located)
    }
    return { kind: "list", at, items }
  }
  if (isMap(node)) {
    const entries = new Map<string, Member>()
    const names = new Set<string>()
    for (const pair of node.items) {
      const name = pair.key as Node
      const keyAt = place(name?.range?.[0] ?? 0, key)
      if (!isScalar(name) || typeof name.value !== "string" || name.anchor !== undefined || name.tag !== undefined) {
        problems.error(keyAt, "a key is not plain text", "use the documented keys")
        continue
      }
      const path = key === "" ? name.value : `${key}.${name.value}`
      const where: Place = { ...keyAt, key: path }
      if (names.has(name.value)) {
        problems.error(where, "the key stands here a second time", "keep one of the two")
        continue
      }
      names.add(name.value)
      const value =
        pair.value === null
          ? ({ kind: "scalar", at: where, value: null } as const)
          : locate(pair.value as Node, path, depth + 1, problems, place)
      if (value !== null) entries.set(name.value, { at: where, value })
    }
    return { kind: "map", at, entries }
  }
  const value = (node as { value?: unknown }).value
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return { kind: "scalar", at, value }
  return refuse(problems, at, "this kind of value is refused", "use text, numbers, lists and maps")
}

const refuse = (problems: Problems, at: Place, message: string, fix: string): null => {
  problems.error(at, message, fix)
  return null
}
