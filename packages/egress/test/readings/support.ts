/** Decided messages with readings. */
import { message } from "@assay/testkit/samples"
import type { AssayedMessage, Decision, Reading } from "@assay/trust"

export const reading = (name: string, changed: Partial<Reading> = {}): Reading => ({
  name: `urn:dev:mac:0024befffe804ff1:${name}`,
  unit: "Cel",
  value: 21.25,
  text: null,
  flag: null,
  time: 1_760_000_000.125,
  ...changed,
})

export const decidedWith = (
  offset: number,
  decision: Partial<Decision>,
  readings: ReadonlyArray<Reading> = [reading("temperature")],
  changed: Partial<AssayedMessage> = {},
): AssayedMessage => ({
  ...message,
  origin: { epoch: 1, partition: 0, offset },
  readings,
  verdicts: {
    ...message.verdicts,
    segmentation: { ...message.verdicts.segmentation!, detail: '{"policy":1,"conduit":"c","from":"press","to":"h"}' },
  },
  decision: { ...message.decision!, outcome: "verified", ...decision },
  ...changed,
})
