import type { Origin } from "./message.ts"

/** A message's id as people write it and as keys hold it: `epoch/partition/offset`. */
export const formatOrigin = ({ epoch, partition, offset }: Origin): string => `${epoch}/${partition}/${offset}`
