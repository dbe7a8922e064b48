import type { Envelope } from "@assay/trust"

/** As the adapter beside a CSE hands in what lay in the container of an AE, which the settings bind to a device. */
export const writtenAs = (did: string): Partial<Envelope> => ({
  binding: "onem2m",
  originator: "/id-in/cin1;cr=CDevice",
  principal: did,
})
