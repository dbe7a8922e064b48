/**
 * What Kustomize must change in one manifest to have another, as a strategic merge patch. Lists that Kubernetes merges by a key
 * are changed item by item, `$patch: delete` among them; other lists are replaced as a whole; null takes a field away.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */

export type Value = null | boolean | number | string | ReadonlyArray<Value> | Fields
export interface Fields {
  readonly [field: string]: Value
}

/** By what Kubernetes merges the lists of the kinds that the chart has (`x-kubernetes-patch-merge-key`), by the field's name. */
const MERGED_BY: Readonly<Record<string, string>> = {
  containers: "name",
  env: "name",
  volumeMounts: "mountPath",
  volumes: "name",
  imagePullSecrets: "name",
  topologySpreadConstraints: "topologyKey",
}
/** `ports` are merged by another key in each kind that has them. */
const PORTS = ["containerPort", "port"]

const isFields = (value: Value | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const sameText = (one: Value | undefined, other: Value | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** The key by which the items of this list are merged; undefined where the list is replaced. */
const keyOf = (field: string, items: ReadonlyArray<Value>): string | undefined => {
  const key =
    field === "ports" ? PORTS.find((name) => items.every((one) => isFields(one) && name in one)) : MERGED_BY[field]
  return key !== undefined && items.every((one) => isFields(one) && key in one) ? key : undefined
}

const itemsDiffering = (
  base: ReadonlyArray<Fields>,
  target: ReadonlyArray<Fields>,
  key: string,
): ReadonlyArray<Fields> => {
  const before = new Map(base.map((one) => [one[key], one]))
  const after = new Set(target.map((one) => one[key]))
  const changed = target.flatMap((one) => {
    const old = before.get(one[key])
    if (old === undefined) return [one]
    const patch = differenceOf(old, one)
    return patch === null ? [] : [{ [key]: one[key]!, ...patch }]
  })
  const gone = base.filter((one) => !after.has(one[key])).map((one) => ({ [key]: one[key]!, $patch: "delete" }))
  return [...changed, ...gone]
}

/** @returns null where nothing differs */
export const differenceOf = (base: Fields, target: Fields): Fields | null => {
  const patch: Record<string, Value> = {}
  for (const field of new Set([...Object.keys(target), ...Object.keys(base)])) {
    const [old, wanted] = [base[field], target[field]]
    if (sameText(old, wanted)) continue
    if (wanted === undefined) patch[field] = null
    else if (isFields(old) && isFields(wanted)) {
      const inner = differenceOf(old, wanted)
      if (inner !== null) patch[field] = inner
    } else if (Array.isArray(old) && Array.isArray(wanted)) {
      const key = keyOf(field, [...old, ...wanted])
      if (key === undefined) patch[field] = wanted
      else {
        const items = itemsDiffering(old as ReadonlyArray<Fields>, wanted as ReadonlyArray<Fields>, key)
        if (items.length > 0) patch[field] = items
      }
    } else patch[field] = wanted
  }
  return Object.keys(patch).length === 0 ? null : patch
}
