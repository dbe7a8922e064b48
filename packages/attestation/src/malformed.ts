/** Bytes that are no structure of their kind: they end too early, go on behind it, or say what it cannot. */
export class MalformedError extends Error {}
