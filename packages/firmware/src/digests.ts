/** Plain digests as `sha256sum` writes them: a line `<hex>  <name>` of each image. */
import { MAX_COMPONENTS } from "@assay/attestation"
import { FirmwareError } from "./error.ts"
import type { Imported } from "./imported.ts"

const LINE = /^([0-9a-f]{64}) [ *](\S.{0,126}\S|\S)$/
const MAX_BYTES = 64 << 10

/** @throws FirmwareError that names the line */
export const importDigests = (file: Uint8Array): Imported => {
  if (file.length > MAX_BYTES)
    throw new FirmwareError("firmware.malformed", `a list of digests has at most ${MAX_BYTES} bytes`)
  const lines = Buffer.from(file).toString("utf8").split("\n")
  if (lines.at(-1) === "") lines.pop()
  const components = lines.map((line, index) => {
    const match = LINE.exec(line)
    if (match === null)
      throw new FirmwareError(
        "firmware.malformed",
        `line ${index + 1} is not a SHA-256 in lower-case hex, two blanks and a name, as sha256sum writes it`,
      )
    return { digest: match[1]!, name: match[2]! }
  })
  if (components.length === 0 || components.length > MAX_COMPONENTS)
    throw new FirmwareError(
      "firmware.malformed",
      `a release has 1 to ${MAX_COMPONENTS} images, and the list ${components.length}`,
    )
  const again = components.find(({ name }, n) => components.findIndex((one) => one.name === name) !== n)
  if (again !== undefined) throw new FirmwareError("firmware.malformed", `the list names ${again.name} twice`)
  return { releases: [{ version: null, svn: null, components }], measured: [], about: "a list of digests" }
}
