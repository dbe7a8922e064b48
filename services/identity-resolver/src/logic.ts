/** The version of how identity-resolver judges; every verdict names it. Raised with every change of judgement. */
export const LOGIC_VERSION = 1
