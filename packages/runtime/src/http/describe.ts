/** Shows a stage's state to people: byte windows by their length, everything else as it is. */
import type { AnyStage } from "@assay/trust"

const plain = (_key: string, value: unknown): unknown => {
  if (ArrayBuffer.isView(value))
    return value instanceof Uint8Array ? `${value.length} bytes` : Array.from(value as unknown as Iterable<number>)
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  return value
}

export const describeState = (_stage: AnyStage, state: unknown): unknown => JSON.parse(JSON.stringify(state, plain))
