/** The name of a log: what an operator's command says it is for, so that none counts in another log of the same deployment. */

export interface LogIdentity {
  readonly epoch: number
  /** When the log was created, milliseconds since 1970. */
  readonly genesis: number
}

/** `assay-log:<epoch>:<genesis>`. Two logs of one deployment begin at different times, also where both are of epoch 1. */
export const logName = ({ epoch, genesis }: LogIdentity): string => `assay-log:${epoch}:${genesis}`
