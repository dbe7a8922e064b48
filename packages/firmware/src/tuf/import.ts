/**
 * The firmware among the targets of a TUF repository: each target whose `custom` says of which release and component it is,
 *
 *   "custom": {"firmware": {"vendor", "class", "version", "svn", "component"}}
 *
 * `component` is left out where the device has one image.
 */
import { integer, object, optional, readShape, text } from "@assay/jose/shape"
import { FirmwareError } from "../error.ts"
import type { Imported } from "../imported.ts"
import type { TufRepository } from "./client.ts"

const name = text(128)
const custom = object({
  vendor: name,
  class: name,
  version: name,
  svn: integer(),
  component: optional(name, undefined),
})

interface Gathered {
  readonly version: string
  readonly svn: number
  readonly components: Array<{ readonly name: string; readonly digest: string }>
}

const MAX_COMPONENTS = 16

/** @throws FirmwareError where a target says it is firmware and is not as that must be, or none is of this vendor and class */
export const importTuf = (
  { targets, state }: TufRepository,
  { vendor, class: cls }: { readonly vendor: string; readonly class: string },
): Imported => {
  const releases = new Map<string, Gathered>()
  for (const [path, { hashes, custom: given }] of Object.entries(targets)) {
    const firmware = given?.["firmware"]
    if (firmware === undefined) continue
    const read = readShape(custom, firmware)
    if (!("value" in read))
      throw new FirmwareError(
        "firmware.malformed",
        `target ${path}: custom.firmware ${read[0]!.path.join(".")} ${read[0]!.message}`,
      )
    const { vendor: ofVendor, class: ofClass, version, svn, component } = read.value
    if (ofVendor !== vendor || ofClass !== cls) continue
    const digest = hashes["sha256"]
    if (digest === undefined || digest.length !== 64)
      throw new FirmwareError("firmware.unsupported", `target ${path} has no SHA-256`)
    const key = JSON.stringify([version, svn])
    const release = releases.get(key) ?? { version, svn, components: [] }
    const image = component ?? "firmware"
    if (release.components.some((one) => one.name === image))
      throw new FirmwareError("firmware.malformed", `target ${path} is a second image ${image} of ${version}`)
    if (release.components.length === MAX_COMPONENTS)
      throw new FirmwareError("firmware.malformed", `${version} has more than ${MAX_COMPONENTS} images`)
    release.components.push({ name: image, digest })
    releases.set(key, release)
  }
  if (releases.size === 0)
    throw new FirmwareError("firmware.other_model", `no target of the repository is firmware of ${vendor}/${cls}`)
  return {
    releases: [...releases.values()],
    measured: [],
    about: `TUF repository, snapshot ${state.snapshot}, ${releases.size} releases`,
  }
}
