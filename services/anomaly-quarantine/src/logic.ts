/** The version of how anomaly-quarantine judges; every verdict names it. Raised with every change of judgement. */
export const LOGIC_VERSION = 1
