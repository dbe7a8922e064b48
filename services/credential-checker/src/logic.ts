/** The version of how credential-checker judges; every verdict names it. Raised with every change of judgement. */
export const LOGIC_VERSION = 1
