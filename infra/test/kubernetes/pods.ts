/** What tests ask of a manifest that starts pods. */
import type { Manifest } from "../../kubernetes/helm.ts"

export interface Container {
  readonly args: ReadonlyArray<string>
  readonly env: ReadonlyArray<{ readonly name: string; readonly value?: string }>
  readonly image: string
  readonly lifecycle?: object
  readonly volumeMounts: ReadonlyArray<{ readonly name: string; readonly mountPath: string }>
}

export const podOf = ({ spec }: Manifest) => spec.template.spec
export const containerOf = (manifest: Manifest): Container => podOf(manifest).containers[0]
export const envOf = (manifest: Manifest): Readonly<Record<string, string>> =>
  Object.fromEntries(containerOf(manifest).env.map(({ name, value }) => [name, value ?? ""]))

/** @throws Error where it is not there */
export const named = (all: ReadonlyArray<Manifest>, kind: string, name: string): Manifest => {
  const found = all.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}

/** The values of a sealer with a standby. */
export const STANDBY_SET: Readonly<Record<string, string>> = {
  "sealer.replicas": "2",
  "sealer.storage.class": '"shared-files"',
  "sealer.storage.accessMode": '"ReadWriteMany"',
}
