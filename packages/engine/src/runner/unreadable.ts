/** Whose fault a record is that is no entry of Assay: that depends on who may write where it lies. */
import { STREAMS } from "@assay/streams"
import type { ReasonCode } from "@assay/trust"

/**
 * On `submitted` lies what senders sent, so a record that nobody can read is a sender's and is rejected. Between the stages
 * only stages write: there it is a fault of ours, or of whoever else may write there, and no device is charged with it.
 * @param input the stream that it was read from
 */
export const reasonOfUnreadable = (input: string): ReasonCode =>
  input === STREAMS.submitted ? "identity.malformed_record" : "engine.unreadable_record"
