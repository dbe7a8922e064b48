/** The stored states of the stages: from the state streams, where a disk or a foreign writer may have changed them. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { SERVICES } from "@assay/cli/services"
import { DamagedState } from "@assay/layout"
import type { StateCodec } from "@assay/trust"
import { refusedBy, type Target } from "../target.ts"

const golden = (service: string): ReadonlyArray<Uint8Array> => {
  const dir = fileURLToPath(new URL(`../../../../services/${service}/test/golden/`, import.meta.url))
  return readdirSync(dir)
    .filter((file) => file.endsWith(".bin"))
    .map((file) => new Uint8Array(readFileSync(`${dir}${file}`)))
}

const written = (codec: StateCodec<unknown>, state: unknown): Buffer => {
  const bytes = Buffer.alloc(codec.sizeOf(state))
  codec.write(state, bytes, 0)
  return bytes
}

export const STATES: ReadonlyArray<Target> = SERVICES.map((service) => {
  const { state } = service.stage({
    log: { genesis: 0, partitions: 1 } as never,
    verify: async () => new Uint8Array(0),
  })
  return {
    name: `state-${service.name}`,
    about: `the stored state of ${service.name}, from a disk or whoever may write to the state's stream`,
    seeds: () => golden(service.name),
    check: (bytes) =>
      refusedBy([DamagedState], () => {
        const again = written(state, state.decode(bytes))
        if (Buffer.compare(written(state, state.decode(again)), again) !== 0)
          throw new Error("reads differently after it was written again")
      }),
  }
})
