/** Which metrics and labels a PromQL expression names: enough of its grammar to find what does not exist. */
export interface Selector {
  readonly metric: string
  /** Of its matchers. */
  readonly labels: ReadonlyArray<string>
  readonly matchers: ReadonlyArray<{ readonly label: string; readonly operator: string; readonly value: string }>
}

const KEYWORDS = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan"])
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
const MATCHER = /([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:\\.|[^"\\])*)"/g
const SELECTOR = /([a-zA-Z_:][\w:]*)\s*(\{(?:"(?:\\.|[^"\\])*"|[^}"])*\})?(?=\s*([(]?))/g

/** Labels that are grouped or joined by. */
export const groupingsOf = (expr: string): ReadonlyArray<string> =>
  [...expr.matchAll(GROUPING)].flatMap(([, names]) =>
    names!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  )

export const selectorsOf = (expr: string): ReadonlyArray<Selector> => {
  const bare = expr
    .replaceAll(GROUPING, " ")
    .replaceAll(/\[[^\]]*\]/g, " ") // ranges
    .replaceAll(/\boffset\s+\w+/g, " ")
  const found: Array<Selector> = []
  for (const [, metric, braces, next] of bare.matchAll(SELECTOR)) {
    if (next === "(" || KEYWORDS.has(metric!.toLowerCase())) continue
    const matchers = [...(braces ?? "").matchAll(MATCHER)].map(([, label, operator, value]) => ({
      label: label!,
      operator: operator!,
      value: value!.replaceAll("\\\\", "\\"),
    }))
    found.push({ metric: metric!, labels: matchers.map(({ label }) => label), matchers })
  }
  return found
}
