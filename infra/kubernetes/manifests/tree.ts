/** The files of a Kustomize base and its overlays: base/, overlays/NAME/, and overlays/NAME/setup/ for what is applied before. */
import { stringify } from "yaml"
import type { Manifest, Rendering } from "../helm.ts"
import { differenceOf, type Fields } from "./difference.ts"
import { BASE, componentOf, idOf, plainOf } from "./plain.ts"

/** Path, with slashes, to text. */
export type Tree = ReadonlyMap<string, string>

export interface Overlay {
  readonly name: string
  readonly rendering: Rendering
}

export const OVERLAYS: ReadonlyArray<Overlay> = (["small", "production", "managed-kafka"] as const).map((name) => ({
  name,
  rendering: { values: name },
}))

const NAMESPACE = "assay"
const HEAD = "# Made by `npm run manifests` from infra/kubernetes/chart: change it there.\n"

/** Texts that YAML 1.1 takes for something else, such as `on`, are quoted too, so that readers of both versions read the same. */
const yamlOf = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" })

/** A manifest, or a patch, and the component to which it belongs. */
interface Part {
  readonly component: string
  readonly body: unknown
}

const partOf = (manifest: Manifest): Part => ({ component: componentOf(manifest), body: manifest })

/** A file for each component. */
const filesOf = (parts: ReadonlyArray<Part>, suffix: string): ReadonlyArray<[path: string, text: string]> =>
  [...new Set(parts.map(({ component }) => component))].sort().map((name) => {
    const own = parts.filter(({ component }) => component === name)
    return [`${name}${suffix}`, HEAD + own.map(({ body }) => yamlOf(body)).join("---\n")]
  })

const kustomization = (fields: Readonly<Record<string, unknown>>): string =>
  HEAD + yamlOf({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", ...fields })

/** What Kustomize changes in a manifest of the base, or that it leaves it out; nothing where it stays as it is. */
const patchesOf = (base: Manifest, target: Manifest | undefined): ReadonlyArray<Part> => {
  const { apiVersion, kind, metadata } = base
  const names = { apiVersion, kind, metadata: { name: metadata.name } }
  const component = componentOf(base)
  if (target === undefined) return [{ component, body: { ...names, $patch: "delete" } }]
  const patch = differenceOf(base as unknown as Fields, target as unknown as Fields)
  if (patch === null) return []
  const changed = patch["metadata"] as Fields | undefined
  return [{ component, body: { ...names, ...patch, metadata: { ...changed, ...names.metadata } } }]
}

const overlayFiles = (base: ReadonlyArray<Manifest>, { name, rendering }: Overlay): ReadonlyArray<[string, string]> => {
  const { running, setup } = plainOf(rendering)
  const wanted = new Map(running.map((one) => [idOf(one), one]))
  const known = new Set(base.map(idOf))
  const more = filesOf(running.filter((one) => !known.has(idOf(one))).map(partOf), ".yaml")
  const patches = filesOf(
    base.flatMap((one) => patchesOf(one, wanted.get(idOf(one)))),
    ".patch.yaml",
  )
  const main = kustomization({
    namespace: NAMESPACE,
    resources: ["../../base", ...more.map(([path]) => path)],
    ...(patches.length === 0 ? {} : { patches: patches.map(([path]) => ({ path })) }),
  })
  const before = filesOf(setup.map(partOf), ".yaml")
  const files: ReadonlyArray<[string, string]> = [
    ["kustomization.yaml", main],
    ...more,
    ...patches,
    ...(before.length === 0
      ? []
      : (
          [
            ["kustomization.yaml", kustomization({ namespace: NAMESPACE, resources: before.map(([path]) => path) })],
            ...before,
          ] as const
        ).map(([path, text]): [string, string] => [`setup/${path}`, text])),
  ]
  return files.map(([path, text]) => [`overlays/${name}/${path}`, text])
}

/** @throws Error with what Helm said */
export const treeOf = (overlays: ReadonlyArray<Overlay>): Tree => {
  const { running } = plainOf(BASE)
  const files = filesOf(running.map(partOf), ".yaml")
  return new Map<string, string>([
    ["base/kustomization.yaml", kustomization({ resources: files.map(([path]) => path) })],
    ...files.map(([path, text]): [string, string] => [`base/${path}`, text]),
    ...overlays.flatMap((overlay) => overlayFiles(running, overlay)),
  ])
}
