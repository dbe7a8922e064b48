/** The committed manifests say the same to readers of YAML 1.1 (`kubectl`, Kustomize) and of 1.2. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { parseAllDocuments } from "yaml"
import { manifestsOf } from "../../kubernetes/helm.ts"

const DIR = join(import.meta.dirname, "../../kubernetes/kustomize")
const TEXTS = readdirSync(DIR, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))

/** Of all fields of this name, wherever they stand. */
const valuesOf = (value: unknown, name: string): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([field, inner]) => [
    ...(field === name ? [inner] : []),
    ...valuesOf(inner, name),
  ])
}

it("reads by the rules of 1.1", () => {
  expect(manifestsOf("mode: 0440\nseal: on\ntext: 'on'\n")).toEqual([{ mode: 288, seal: true, text: "on" }])
})

it("has texts and numbers that are the same by both versions", () => {
  expect(TEXTS.length).toBeGreaterThan(20)
  for (const text of TEXTS)
    expect(manifestsOf(text)).toEqual(parseAllDocuments(text, { version: "1.2" }).map((one) => one.toJS()))
})

it("gives secrets to their group alone, to read, and settings as texts", () => {
  const all = TEXTS.flatMap(manifestsOf)
  const modes = valuesOf(all, "defaultMode")
  expect(modes.length).toBeGreaterThan(5)
  expect(new Set(modes)).toEqual(new Set([0o440]))
  const settings = valuesOf(all, "env").flat() as ReadonlyArray<{ readonly name: string; readonly value?: unknown }>
  const values = settings.flatMap((one) => ("value" in one ? [one.value] : []))
  expect(values).toContain("on")
  expect(new Set(values.map((value) => typeof value))).toEqual(new Set(["string"]))
})
