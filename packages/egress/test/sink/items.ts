/** Items as an encoder makes them. */
import { STREAMS } from "@assay/streams"
import type { ReasonCode } from "@assay/trust"
import type { Encoded } from "../../src/encode/encoder.ts"
import { encoderOf, syslogEncoderOf } from "../../src/encode/formats.ts"
import { OPTIONS } from "../encode/siem/hostile.ts"
import { decided } from "../support.ts"

const quarantined = (offset: number, reasons: ReadonlyArray<ReasonCode>) => {
  const message = decided(0, offset, "quarantined")
  return {
    kind: "message" as const,
    place: { stream: STREAMS.quarantined, partition: 0, offset },
    message: { ...message, decision: { ...message.decision!, reasons } },
  }
}

const many = (count: number, from: number, encode: (offset: number) => Encoded): ReadonlyArray<Encoded> =>
  Array.from({ length: count }, (_, nth) => encode(from + nth))

export const itemsIn = (format: string, count: number, from = 0): ReadonlyArray<Encoded> =>
  many(count, from, (offset) => encoderOf(format, OPTIONS).encode(quarantined(offset, ["identity.clone_evidence"])))

export const syslogItems = (count: number, from = 0, format = "rfc5424"): ReadonlyArray<Encoded> =>
  many(count, from, (offset) =>
    syslogEncoderOf(format, OPTIONS, 32_473).encode(quarantined(offset, ["identity.clone_evidence"])),
  )
